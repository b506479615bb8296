// Every metric of the service, on one screen. The first four are those of the tutorial that README names; their names,
// types, labels and help texts are what dashboards and users rely on.
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { perApplication, providerOf } from './per-application.js';
import { SeriesCounter } from './series-counter.js';
import { SeriesHistogram } from './series-histogram.js';

export type IncomingRequests = SeriesCounter;
export type ConnectedClients = Gauge;
export type ClientsLimit = Gauge;
export type ResponseCode = SeriesCounter<'env' | 'statuscode' | 'type'>;
export type ResponseTime = SeriesHistogram<'env'>;
export type SourceConfigured = Gauge<'source'>;
export type Observations = SeriesCounter<'source'>;
export type ObservationsRejected = SeriesCounter<'source' | 'reason'>;
export type BrokerConnected = Gauge<'subject'>;
export type BrokerDisconnects = SeriesCounter<'subject'>;
export type RefusedTotal = SeriesCounter<'reason'>;
export type HttpRequestDuration = SeriesHistogram<'method' | 'route' | 'code'>;
export type BuildInfo = Gauge<'version' | 'node_version'>;

export const collectors = [
  perApplication(providerOf(SeriesCounter), {
    name: 'incoming_requests',
    help: 'Incoming Requests',
  }),
  perApplication(makeGaugeProvider, {
    name: 'connected_clients',
    help: 'Connected Clients',
  }),
  perApplication(providerOf(SeriesCounter), {
    name: 'response_code',
    help: 'Response Codes',
    labelNames: ['env', 'statuscode', 'type'],
  }),
  perApplication(providerOf(SeriesHistogram), {
    name: 'response_time',
    help: 'Response Times',
    labelNames: ['env'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  perApplication(makeGaugeProvider, {
    name: 'service_collector_clients_limit',
    help: 'WebSocket clients that may be connected at the same time, as MAX_CLIENTS says.',
  }),
  perApplication(makeGaugeProvider, {
    name: 'service_collector_source_configured',
    help: 'Always 1, for each source that the settings turn on and that should therefore deliver: the simulator and access logs.',
    labelNames: ['source'],
  }),
  perApplication(providerOf(SeriesCounter), {
    name: 'service_collector_observations_total',
    help: 'Observations recorded in response_code and response_time, by the source they came from.',
    labelNames: ['source'],
  }),
  perApplication(providerOf(SeriesCounter), {
    name: 'service_collector_observations_rejected_total',
    help: 'Observations that were received but not recorded, by source and by what was wrong with them.',
    labelNames: ['source', 'reason'],
  }),
  perApplication(makeGaugeProvider, {
    name: 'service_collector_broker_connected',
    help: 'Whether observations can come from the broker: 1 while the subject is subscribed to, otherwise 0; absent where no broker is configured.',
    labelNames: ['subject'],
  }),
  perApplication(providerOf(SeriesCounter), {
    name: 'service_collector_broker_disconnects_total',
    help: 'Connections to the broker that ended against the will of the service. Without a stream, each may have lost observations.',
    labelNames: ['subject'],
  }),
  perApplication(providerOf(SeriesCounter), {
    name: 'service_collector_refused_total',
    help: 'Connections, requests and upgrades that were turned away, and WebSocket clients that were closed, by reason.',
    labelNames: ['reason'],
  }),
  perApplication(providerOf(SeriesHistogram), {
    name: 'service_collector_http_request_duration_seconds',
    help: 'Seconds from the head of a request to the end of its answer, by method, route template and status code (499: the client left first).',
    labelNames: ['method', 'route', 'code'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  perApplication(makeGaugeProvider, {
    name: 'service_collector_build_info',
    help: 'Always 1; its labels say which version of the service runs, and on which Node.js.',
    labelNames: ['version', 'node_version'],
  }),
];
