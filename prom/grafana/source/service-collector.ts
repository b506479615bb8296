// The main dashboard, what was collected, and its variant for native histograms.
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { CLASS_COLOURS, DASHED, fixed, steps } from './colours.js';
import { dashboard, drillDown, otherDashboard, type Uid } from './dashboard.js';
import { alertsFiring, alertStates, rejected } from './on-both.js';
import { heatmap, lines, query, ranking, stacked, stat } from './panels.js';
import { rate, series, type Variable } from './series.js';

const env: Variable = { label: 'env', title: 'Environment', from: 'response_code' };
const instance: Variable = { label: 'instance', title: 'Instance', from: 'incoming_requests' };

/** Without a list in the service's settings, the label is absent: All, `.*`, matches that too. */
const optional: Variable[] = [
  { label: 'service', title: 'Service', from: 'response_code' },
  { label: 'method', title: 'Method', from: 'response_code' },
  { label: 'route', title: 'Route', from: 'response_code' },
];

const responses = series(env, instance, ...optional);
const recorded = series(env);
const own = series(instance);

const health = drillDown('Health of the service', 'service-collector-health', [instance]);
const sources = drillDown('Sources in detail', 'service-collector-health', [instance]);
const oneInstance = drillDown(
  'Health of ${__field.labels.instance}',
  'service-collector-health',
  [],
  instance,
);

/** How a kind of histogram is asked for response times. */
interface ResponseTimes {
  needs: string;
  /** The 90th percentile of the chosen responses. */
  p90: (over: string) => string;
  accuracy: string;
  byEnvironment: DataqueryBuilder[];
  distribution: DataqueryBuilder;
}

const classic: ResponseTimes = {
  needs: '',
  p90: (over) => `histogram_quantile(0.90, sum(rate(${responses('response_time_bucket')}[${over}])) by (le))`,
  accuracy: 'It cannot exceed the highest of RESPONSE_TIME_BUCKETS.',
  byEnvironment: [
    query(recorded('env_quantile:response_time:histogram_quantile_rate5m'), '{{env}} {{quantile}}'),
  ],
  distribution: query(
    `sum by (le) (increase(${responses('response_time_bucket')}[$__rate_interval]))`,
    '{{le}}',
  ),
};

const native: ResponseTimes = {
  needs: ' Response times are only shown with NATIVE_HISTOGRAMS=on.',
  p90: (over) => `histogram_quantile(0.90, sum(rate(${responses('response_time')}[${over}])))`,
  accuracy: 'The buckets of native histograms are 9 % wide.',
  byEnvironment: [0.5, 0.9, 0.99].map((quantile) =>
    query(
      `histogram_quantile(${quantile}, sum by (env) (rate(${recorded('response_time')}[5m])))`,
      `{{env}} ${quantile}`,
    ),
  ),
  distribution: query(`sum(increase(${responses('response_time')}[$__rate_interval]))`, ''),
};

export const serviceCollector = collected('service-collector', classic);
export const withNativeHistograms = collected('service-collector-native', native);

function collected(uid: Uid, times: ResponseTimes): Dashboard {
  const oneEnvironment = drillDown('Only ${__field.labels.env}', uid, [instance, ...optional], env);
  return dashboard(
    uid,
    `Outcomes of requests that service-collector has collected. The dashboard "service-collector health" shows how the service itself is doing.${times.needs}`,
    otherDashboard(
      'service-collector-health',
      'Health of the service',
      'Process, sources, scrapes and rejected input of the service itself',
    ),
    [env, instance, ...optional],
    {
      Now: {
        'Response rate': stat(
          'reqps',
          'Outcomes of requests recorded per second, over all sources.',
          `sum(${rate(responses('response_code'))})`,
        ).colorScheme(fixed('blue')),
        'Error ratio': stat(
          'percentunit',
          'Share of the recorded responses whose status code is 500 to 599.',
          `sum(${rate(responses('response_code', 'type="500"'))}) / sum(${rate(responses('response_code'))})`,
        )
          .colorScheme(fixed('red'))
          .min(0)
          .max(1),
        'Response time p90': stat(
          's',
          `90th percentile of response_time: nine of ten recorded responses were faster. ${times.accuracy}`,
          times.p90('$__rate_interval'),
        ).colorScheme(fixed('orange')),
        'Requests to /some': stat(
          'reqps',
          'Requests to GET /some that the service answered per second.',
          `sum(${rate(own('incoming_requests'))})`,
        ).colorScheme(fixed('blue')),
        'Connected clients': stat(
          'short',
          'WebSocket clients that are connected now, over all instances.',
          `sum(${own('connected_clients')})`,
        )
          .colorScheme(fixed('blue'))
          .dataLinks([health]),
        'Rejected observations': stat(
          'cps',
          'Observations per second that were received but not recorded, because they were not valid.',
          `sum(${rate(own('service_collector_observations_rejected_total'))})`,
        )
          .colorScheme(fixed('yellow'))
          .dataLinks([health]),
      },
      Alerts: {
        'Alerts firing': alertsFiring().height(6).dataLinks([health]),
        'Alerts pending or firing': alertStates().span(20).height(6),
      },
      Responses: {
        'Responses by status class': stacked(
          'reqps',
          'Recorded responses per second, stacked by the class of their status code.',
          query(`sum by (type) (${rate(responses('response_code'))})`, '{{type}}'),
        ).overrides(CLASS_COLOURS),
        'Responses in 5 minutes by status class': lines(
          'short',
          'Increase of response_code over the last 5 minutes by class: the query of the tutorial this service began as.',
          query(`sum(increase(${responses('response_code')}[5m])) by (type)`, '{{type}}'),
        ).overrides(CLASS_COLOURS),
        'Error ratio by environment': lines(
          'percentunit',
          'Share of responses with status code 500 to 599 over 5 minutes, per environment, over all instances and whatever else is chosen above.',
          query(recorded('env:response_code_errors:ratio_rate5m'), '{{env}}'),
        ).dataLinks([oneEnvironment]),
        'Error budget burn rate': lines(
          'short',
          'How many times as many errors (5xx) came as the objective of 99.9 % allows, per environment and window. The alerts compare these with 14.4, 6 and 1. Instances that simulate are left out: nothing is shown if all do.',
          query(recorded('env:response_code_real_errors:burnrate1h'), '{{env}} 1h'),
          query(recorded('env:response_code_real_errors:burnrate6h'), '{{env}} 6h'),
          query(recorded('env:response_code_real_errors:burnrate3d'), '{{env}} 3d'),
        )
          .thresholds(steps('transparent', [1, 'yellow'], [6, 'orange'], [14.4, 'red']))
          .thresholdsStyle(DASHED)
          .dataLinks([oneEnvironment]),
        'Most frequent status codes': ranking(
          'short',
          'The ten status codes with the most responses in the time range shown.',
          `topk(10, sum by (statuscode) (increase(${responses('response_code')}[$__range])))`,
          '{{statuscode}}',
        )
          .colorScheme(fixed('blue'))
          .span(24),
      },
      'Response times': {
        'Response time p90 over 2 minutes': lines(
          's',
          '90th percentile of response_time over the last 2 minutes, over the chosen environments: the query of the tutorial this service began as.',
          query(times.p90('2m'), 'p90'),
        ),
        'Response time quantiles by environment': lines(
          's',
          'Median, 90th and 99th percentile of response_time over 5 minutes per environment, over all instances and whatever else is chosen above.',
          ...times.byEnvironment,
        ).dataLinks([oneEnvironment]),
        'Response time distribution': heatmap(
          "Recorded responses per bucket of response_time. A bucket's colour is its number of responses.",
          times.distribution,
        )
          .span(24)
          .height(9),
      },
      'Sources and clients': {
        'Observations by source': stacked(
          'cps',
          'Observations recorded per second, by the source they came from.',
          query(`sum by (source) (${rate(own('service_collector_observations_total'))})`, '{{source}}'),
        ).dataLinks([sources]),
        'Rejected observations by reason': rejected(own).dataLinks([sources]),
        'Connected clients by instance': stacked(
          'short',
          'WebSocket clients that are connected, per instance.',
          query(own('connected_clients'), '{{instance}}'),
        ).dataLinks([oneInstance]),
        'Requests to /some by instance': lines(
          'reqps',
          'Requests to GET /some that were answered per second, per instance.',
          query(`sum by (instance) (${rate(own('incoming_requests'))})`, '{{instance}}'),
        ).dataLinks([oneInstance]),
      },
    },
  );
}
