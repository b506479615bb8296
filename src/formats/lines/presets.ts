// Named formats. To add one: a row here, in its server's format language, and lines with their values in line-reader.spec.ts.
import { DIALECTS, type DialectName, partsOf } from './dialects.js';
import { Template } from './template.js';

const ENVOY_START =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%';
const ENVOY_END =
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"';

/** Tried in this order to detect a format. */
const PRESETS: readonly [name: string, dialect: DialectName, format: string][] = [
  [
    'haproxy',
    'haproxy',
    '%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r',
  ],
  [
    'istio',
    'envoy',
    `${ENVOY_START} %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" ${ENVOY_END} %UPSTREAM_CLUSTER%`,
  ],
  ['envoy', 'envoy', `${ENVOY_START} ${ENVOY_END}`],
  [
    'nginx-proxy-manager',
    'nginx',
    '[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr]',
  ],
  [
    'aws-alb',
    'own',
    '{type} {time} app/{} {client} {target} {three times} {status} {} {} {} "{request}" "{agent}"',
  ],
  ['squid', 'own', '{unix}.{} {ms} {client} {}_{}/{status} {size} {method} {path} {user} {}/{} {type}'],
  ['gin', 'own', '[GIN] {date} - {time} | {status} | {duration} | {client} | {method} "{path}"'],
  ['uvicorn', 'own', 'INFO: {client} - "{request}" {status}'],
  ['granian', 'own', '[{date} {time} {zone}] {client} - "{request}" {status} {ms}'],
  ['morgan', 'own', '{method} {path} {status} {size} - {ms} ms'],
  ['morgan', 'own', '{method} {path} {status} {ms} ms - {size}'],
  ['koa', 'own', '--> {method} {path} {status} {duration}'],
  ['chi', 'own', '{date} {time} [{id}] "{request}" from {client} - {status} {size} in {duration}'],
  ['chi', 'own', '{date} {time} "{request}" from {client} - {status} {size} in {duration}'],
  ['php', 'own', '[{text}] {client} [{status}]: {method} {path}'],
  ['php-fpm', 'own', '{client} - {date} {zone} "{request}" {status}'],
];

/** Names for the reader of `combined` and `common`, which knows the additions of these servers. */
export const COMBINED_NAMES: readonly string[] = [
  'combined',
  'common',
  'nginx',
  'apache',
  'vhost_combined',
  'ingress-nginx',
  'traefik',
  'lighttpd',
  'gunicorn',
  'werkzeug',
];

/** Shared by all files, because templates have no state. */
const TEMPLATES = PRESETS.map(
  ([name, dialect, format]) => new Template(name, partsOf(format, DIALECTS[dialect])),
);

export const PRESET_NAMES: readonly string[] = PRESETS.map(([name]) => name);

/** The templates of that name, or all. */
export function presets(wanted?: string): Template[] {
  return TEMPLATES.filter(({ name }) => wanted === undefined || name === wanted);
}
