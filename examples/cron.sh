#!/bin/sh
# Runs a command and reports how it went: 200 if it succeeded, 500 if it failed, and how many seconds it took.
# Its output and its exit code are the command's own, whether or not the report gets through. In a crontab:
#
#   */5 * * * *  SERVICE_COLLECTOR_URL=http://collector:8080 /usr/local/bin/cron.sh /usr/local/bin/backup --all
# Where the collector asks for a token, it takes that from SERVICE_COLLECTOR_TOKEN; curl hides it from `ps`.
set -u
url=${SERVICE_COLLECTOR_URL:-http://localhost:8080}
env=${SERVICE_COLLECTOR_ENV:-production}

start=$(date +%s.%N)
"$@"
code=$?
seconds=$(echo "$start $(date +%s.%N)" | awk '{ s = $2 - $1; printf "%.3f", s < 0 ? 0 : 864000 < s ? 864000 : s }')
if [ "$code" -eq 0 ]; then statuscode=200; else statuscode=500; fi

# Three more tries bridge a restart of the collector.
curl --silent --show-error --output /dev/null --fail-with-body --max-time 10 --retry 3 --retry-connrefused \
  ${SERVICE_COLLECTOR_TOKEN:+--oauth2-bearer "$SERVICE_COLLECTOR_TOKEN"} \
  "$url/observations" --header 'Content-Type: application/json' \
  --data "{\"env\":\"$env\",\"statuscode\":$statuscode,\"seconds\":$seconds}" >&2
exit "$code"
