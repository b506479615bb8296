// The fields of documents, by the program that writes them. The settings can override each field of a preset.

/** Units per second. */
export const UNITS = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 } as const;
export type Unit = keyof typeof UNITS;

export interface Preset {
  time: string;
  status: string;
  duration?: string;
  unit?: Unit;
  env?: string;
  service?: string;
  method?: string;
  /** Field with templates such as `/users/:id`. */
  route?: string;
  /** Field with raw paths or URLs. */
  path?: string;
  /** A Lucene query string that selects requests. */
  query?: string;
}

const ecs: Preset = {
  time: '@timestamp',
  status: 'http.response.status_code',
  duration: 'event.duration',
  unit: 'ns',
  env: 'service.environment',
  service: 'service.name',
  method: 'http.request.method',
  path: 'url.path',
};

/** By name. Fluent Bit's parsers and Logstash without ECS have no environment and no duration. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ecs,
  apm: { ...ecs, duration: 'transaction.duration.us', unit: 'us', query: 'processor.event:transaction' },
  'ingress-nginx': {
    ...ecs,
    duration: 'nginx.ingress_controller.http.request.time',
    unit: 's',
  },
  otel: {
    time: '@timestamp',
    status: 'attributes.http.response.status_code',
    duration: 'duration',
    unit: 'ns',
    env: 'resource.attributes.deployment.environment.name',
    service: 'resource.attributes.service.name',
    method: 'attributes.http.request.method',
    path: 'attributes.url.path',
    query: 'kind:Server',
  },
  pino: {
    time: '@timestamp',
    status: 'res.statusCode',
    duration: 'responseTime',
    unit: 'ms',
    service: 'name',
    method: 'req.method',
    path: 'req.url',
  },
  'fluent-bit': { time: '@timestamp', status: 'code', method: 'method', path: 'path' },
  logstash: { time: '@timestamp', status: 'response', method: 'verb', path: 'request' },
};
