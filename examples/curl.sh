#!/bin/sh
# Sends observations with curl: one as JSON, and many as NDJSON, one a line. Where the collector asks for a token, it takes
# that from SERVICE_COLLECTOR_TOKEN; curl hides it from `ps`.
set -eu
url=${SERVICE_COLLECTOR_URL:-http://localhost:8080}

curl --silent --show-error --fail-with-body "$url/observations" \
  ${SERVICE_COLLECTOR_TOKEN:+--oauth2-bearer "$SERVICE_COLLECTOR_TOKEN"} \
  --header 'Content-Type: application/json' \
  --data '{"env":"production","statuscode":503,"seconds":0.212}'
echo

printf '%s\n' \
  '{"env":"production","statuscode":200,"seconds":0.031}' \
  '{"env":"production","statuscode":200,"seconds":0.028}' \
  '{"env":"testing","statuscode":404}' |
  curl --silent --show-error --fail-with-body "$url/observations" \
    ${SERVICE_COLLECTOR_TOKEN:+--oauth2-bearer "$SERVICE_COLLECTOR_TOKEN"} \
    --header 'Content-Type: application/x-ndjson' \
    --data-binary @-
echo
