// Every metric of the service, on one screen. The first four are those of the tutorial that README names; their names,
// types, labels and help texts are what dashboards and users rely on.
import type { FactoryProvider } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import { SETTINGS } from '../settings/token.js';
import { Histogram } from './histogram.js';
import type { MetricOptions } from './metric.js';
import { Counter, Gauge } from './values.js';
import { type AnyMetric, Registry } from './registry.js';

/** Labels that exist only if a list of their values is set, in printing order. */
export const LISTED_LABELS = ['service', 'method', 'route'] as const;
export type ListedLabel = (typeof LISTED_LABELS)[number];

export type IncomingRequests = Counter;
export type ConnectedClients = Gauge;
export type ClientsLimit = Gauge;
export type ResponseCode = Counter<'env' | 'statuscode' | 'type' | ListedLabel>;
export type ResponseTime = Histogram<'env' | ListedLabel>;
export type SourceConfigured = Gauge<'source'>;
export type SourceLastRecorded = Gauge<'source'>;
export type LastReloadSuccessful = Gauge<'setting'>;
export type Observations = Counter<'source'>;
export type ObservationsRejected = Counter<'source' | 'reason'>;
export type Unlisted = Counter<'label'>;
export type Skipped = Counter<'source'>;
export type BrokerConnected = Gauge<'subject'>;
export type BrokerDisconnects = Counter<'subject'>;
export type ElasticsearchLastSuccess = Gauge;
export type ElasticsearchPolls = Counter<'result'>;
export type ElasticsearchPollDuration = Histogram;
export type ElasticsearchLateDocuments = Counter;
export type SyslogDropped = Counter;
export type RefusedTotal = Counter<'reason'>;
export type HttpRequestDuration = Histogram<'method' | 'route' | 'code'>;
export type BuildInfo = Gauge<'version' | 'node_version'>;

/** The settings that change metrics. */
interface MetricsSettings {
  SERVICES: readonly string[];
  METHODS: readonly string[];
  ROUTES: readonly string[];
  RESPONSE_TIME_BUCKETS: readonly number[];
  NATIVE_HISTOGRAMS: 'on' | 'off';
}

const BY_SETTINGS: readonly number[] = [];

export const collectors = [
  collector(Counter, {
    name: 'incoming_requests',
    help: 'Incoming Requests',
  }),
  collector(Gauge, {
    name: 'connected_clients',
    help: 'Connected Clients',
  }),
  collector(
    Counter,
    {
      name: 'response_code',
      help: 'Response Codes',
      labelNames: ['env', 'statuscode', 'type'],
    },
    withLabels,
  ),
  collector(
    Histogram,
    {
      name: 'response_time',
      help: 'Response Times',
      labelNames: ['env'],
      buckets: BY_SETTINGS,
    },
    (options, settings) => ({
      ...withLabels(options, settings),
      buckets: settings.RESPONSE_TIME_BUCKETS,
      isNative: settings.NATIVE_HISTOGRAMS === 'on',
    }),
  ),
  collector(Gauge, {
    name: 'service_collector_clients_limit',
    help: 'Most WebSocket clients that may be connected at once (MAX_CLIENTS).',
  }),
  collector(Gauge, {
    name: 'service_collector_source_configured',
    help: 'Always 1, for each source that the settings turn on: simulator, access logs, syslog, NATS, Elasticsearch. HTTP and WebSockets are always on and not listed.',
    labelNames: ['source'],
  }),
  collector(Gauge, {
    name: 'service_collector_source_last_recorded_timestamp_seconds',
    help: 'Unix time at which a source last recorded an observation, to within a second; 0 for a configured source that has recorded none since the start.',
    labelNames: ['source'],
  }),
  collector(Gauge, {
    name: 'service_collector_config_last_reload_successful',
    help: 'Whether the last reload of the files that a setting names succeeded: 1, or 0 after a failure, which keeps the old content in use.',
    labelNames: ['setting'],
  }),
  collector(Counter, {
    name: 'service_collector_observations_total',
    help: 'Observations recorded in response_code and response_time, by the source they came from.',
    labelNames: ['source'],
  }),
  collector(Counter, {
    name: 'service_collector_observations_rejected_total',
    help: 'Observations that were received but not recorded, by source and reason.',
    labelNames: ['source', 'reason'],
  }),
  collector(
    Counter,
    {
      name: 'service_collector_unlisted_total',
      help: 'Observations counted under `other`, because their value is missing or not in the list of the label.',
      labelNames: ['label'],
    },
    (options, settings) => (labelsOf(settings).length > 0 ? options : undefined),
  ),
  collector(Counter, {
    name: 'service_collector_skipped_total',
    help: 'Lines and documents that are not about a request, by source. They count neither as observations nor as rejected.',
    labelNames: ['source'],
  }),
  collector(Gauge, {
    name: 'service_collector_broker_connected',
    help: 'Whether observations can arrive from the broker: 1 while subscribed to the subject, otherwise 0; absent if no broker is configured.',
    labelNames: ['subject'],
  }),
  collector(Counter, {
    name: 'service_collector_broker_disconnects_total',
    help: 'Connections to the broker that broke. Without a stream, each may have lost observations.',
    labelNames: ['subject'],
  }),
  collector(Gauge, {
    name: 'service_collector_elasticsearch_last_success_timestamp_seconds',
    help: 'Unix time at which the last complete poll began, which counted all documents of the look-back; 0 before the first.',
  }),
  collector(Counter, {
    name: 'service_collector_elasticsearch_polls_total',
    help: 'Polls by result: ok, error (no answer, or refused), incomplete (an answer without all documents) or unusable (wrong fields). Only ok ones count documents.',
    labelNames: ['result'],
  }),
  collector(Histogram, {
    name: 'service_collector_elasticsearch_poll_duration_seconds',
    help: 'Seconds that complete polls took, which counted all documents of the look-back.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  }),
  collector(Counter, {
    name: 'service_collector_elasticsearch_late_documents_total',
    help: 'Documents counted in the oldest fifth of the look-back. Others may have been too late and missed: raise ELASTICSEARCH_LOOK_BACK_SECONDS.',
  }),
  collector(Counter, {
    name: 'service_collector_syslog_dropped_total',
    help: 'Syslog datagrams that the kernel dropped because the service did not read them in time. Always 0 outside Linux.',
  }),
  collector(Counter, {
    name: 'service_collector_refused_total',
    help: 'Connections, requests and upgrades that were refused, and WebSocket clients that were closed, by reason.',
    labelNames: ['reason'],
  }),
  collector(Histogram, {
    name: 'service_collector_http_request_duration_seconds',
    help: 'Seconds from the head of a request to the end of its response, by method, route template and status code (499: the client left first).',
    labelNames: ['method', 'route', 'code'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  collector(Gauge, {
    name: 'service_collector_build_info',
    help: 'Always 1; its labels are the versions of the service and of Node.js.',
    labelNames: ['version', 'node_version'],
  }),
];

/** The listed labels that are on. */
export function labelsOf({
  SERVICES,
  METHODS,
  ROUTES,
}: Pick<MetricsSettings, 'SERVICES' | 'METHODS' | 'ROUTES'>): ListedLabel[] {
  const lists = { service: SERVICES, method: METHODS, route: ROUTES };
  return LISTED_LABELS.filter((label) => lists[label].length > 0);
}

function withLabels<O extends MetricOptions<string>>(options: O, settings: MetricsSettings): O {
  return { ...options, labelNames: [...(options.labelNames ?? []), ...labelsOf(settings)] };
}

/**
 * Provides a metric in the registry of the application, under the injection token of `@InjectMetric(name)`.
 *
 * @param adapt adapts the options to the settings; if it returns undefined, the metric is not exposed
 */
function collector<O extends MetricOptions<string>>(
  metric: new (options: O) => AnyMetric,
  options: O,
  adapt: (options: O, settings: MetricsSettings) => O | undefined = () => options,
): FactoryProvider<AnyMetric> {
  return {
    provide: getToken(options.name),
    inject: [Registry, SETTINGS],
    useFactory: (registry: Registry, settings: MetricsSettings) => {
      const adapted = adapt(options, settings);
      return adapted ? registry.register(new metric(adapted)) : new metric(options);
    },
  };
}
