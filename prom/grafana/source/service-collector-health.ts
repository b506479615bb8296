// The health dashboard: how the service itself is doing.
import { CODE_COLOURS, DASHED, DASHED_LINE, fixed, steps } from './colours.js';
import { dashboard, drillDown, otherDashboard } from './dashboard.js';
import { alertsFiring, alertStates, rejected } from './on-both.js';
import { lines, query, stacked, stat, table, timeline } from './panels.js';
import { JOB, rate, series, type Variable } from './series.js';

const instance: Variable = { label: 'instance', title: 'Instance', from: `up{${JOB}}` };

const own = series(instance);
/** Of metrics that other jobs have as well. */
const job = series(JOB, instance);

const recorded = rate(own('service_collector_observations_total'));
const refused = rate(own('service_collector_observations_rejected_total'));
const requests = 'service_collector_http_request_duration_seconds_count';
const clients = own('connected_clients');
const limit = own('service_collector_clients_limit');

const collected = drillDown('Responses that this instance collected', 'service-collector', [], instance);

export const health = dashboard(
  'service-collector-health',
  'How the service itself is doing: its process, its sources, its scrapes and what it rejects. The dashboard "service-collector" shows what it collected.',
  otherDashboard(
    'service-collector',
    'Collected responses',
    'Rates, errors and durations of the responses that were collected',
  ),
  [instance],
  {
    Now: {
      'Instances up': stat(
        'short',
        'Instances of the service that answered the last scrape.',
        `sum(${job('up')})`,
      ).thresholds(steps('red', [1, 'green'])),
      'Alerts firing': alertsFiring(),
      'Slowest scrape': stat(
        's',
        'How long the last scrape took at the slowest instance. An alert fires at 1 s.',
        `max(${job('scrape_duration_seconds')})`,
      ).thresholds(steps('green', [0.5, 'yellow'], [1, 'red'])),
      'Rejection ratio': stat(
        'percentunit',
        'Share of what all sources received that was not recorded.',
        `sum(${refused}) / (sum(${refused}) + sum(${recorded}))`,
      )
        .thresholds(steps('green', [0.01, 'red']))
        .min(0)
        .max(1),
      'Client limit used': stat(
        'percentunit',
        'WebSocket clients that are connected, as a share of MAX_CLIENTS, at the fullest instance. An alert fires at 90 %.',
        `max(${clients} / ${limit})`,
      )
        .thresholds(steps('green', [0.7, 'yellow'], [0.9, 'red']))
        .min(0)
        .max(1),
      'Last start': stat(
        's',
        'How long ago the youngest process started.',
        `min(time() - ${job('process_start_time_seconds')})`,
      ).colorScheme(fixed('blue')),
    },
    'Alerts and versions': {
      'Alerts pending or firing': alertStates().height(7),
      Versions: table(
        'Version of the service and of Node.js at each instance.',
        { instance: 'Instance', version: 'Version', node_version: 'Node.js' },
        `max by (instance, version, node_version) (${own('service_collector_build_info')})`,
      ).height(7),
    },
    Sources: {
      'Observations received by source': stacked(
        'cps',
        'What was received per second, recorded or rejected, by source.',
        query(`sum by (source) (${recorded}) + sum by (source) (${refused})`, '{{source}}'),
      ),
      'Rejected observations by reason': rejected(own),
      'Rejection ratio by source': lines(
        'percentunit',
        'Share of what a source received over 5 minutes that was not recorded, over all instances. An alert fires at 1 %.',
        query('source:service_collector_observations_rejected:ratio_rate5m', '{{source}}'),
      )
        .thresholds(steps('transparent', [0.01, 'red']))
        .thresholdsStyle(DASHED),
      'Configured sources': table(
        'Sources that the settings of each instance turn on. To the others, HTTP and WebSockets, anyone may push.',
        { instance: 'Instance', source: 'Source' },
        `max by (instance, source) (${own('service_collector_source_configured')})`,
      ),
      'Time since the last observation': lines(
        's',
        'How long ago each source recorded something, per instance, if it has recorded anything since the start. An alert fires above the longest normal pause, for the sources that have one.',
        query(
          `time() - (${own('service_collector_source_last_recorded_timestamp_seconds')} > 0)`,
          '{{instance}} {{source}}',
        ),
      ).span(8),
      'Share of unlisted observations': lines(
        'percentunit',
        'Share of all observations in an hour that count under `other`, by label. An alert fires if it is 10 percentage points above its highest in the week before.',
        query('label:service_collector_unlisted:ratio_rate1h', '{{label}}'),
      ).span(8),
      'Reloads of tokens and certificates': timeline(
        'Whether the newest content of the files is in use, by the setting that names them. Empty where there are none.',
        { 0: ['failed', 'red'], 1: ['in use', 'green'] },
        query(
          `max by (instance, setting) (${own('service_collector_config_last_reload_successful')})`,
          '{{instance}} {{setting}}',
        ),
      ).span(8),
      'Broker connection': timeline(
        'Whether observations can come from the broker (NATS). Empty where none is configured.',
        { 0: ['away', 'red'], 1: ['connected', 'green'] },
        query(
          `max by (instance, subject) (${own('service_collector_broker_connected')})`,
          '{{instance}} {{subject}}',
        ),
      ),
      'Broker disconnects': stacked(
        'short',
        'Connections to the broker that ended without being asked to. Without a stream, each may have lost observations.',
        query(
          `sum by (instance) (increase(${own('service_collector_broker_disconnects_total')}[$__rate_interval]))`,
          '{{instance}}',
        ),
      ),
    },
    Scrapes: {
      'Up by instance': timeline(
        'Whether Prometheus could scrape the instance.',
        { 0: ['down', 'red'], 1: ['up', 'green'] },
        query(`max by (instance) (${job('up')})`, '{{instance}}'),
      ).span(8),
      'Scrape duration': lines(
        's',
        'Duration of the scrapes of each instance. An alert fires at 1 s.',
        query(job('scrape_duration_seconds'), '{{instance}}'),
      )
        .thresholds(steps('transparent', [1, 'red']))
        .thresholdsStyle(DASHED)
        .span(8),
      'Samples per scrape': lines(
        'short',
        'Samples in each scrape, per instance. It grows with the environments and the status codes that occur.',
        query(job('scrape_samples_scraped'), '{{instance}}'),
      ).span(8),
    },
    'Requests to the service itself': {
      'HTTP requests by route and status code': stacked(
        'reqps',
        'HTTP requests to the service itself per second, by route and status code.',
        query(`sum by (route, code) (${rate(own(requests))})`, '{{route}} {{code}}'),
      )
        .overrides(CODE_COLOURS)
        .span(8),
      'HTTP request duration p99 by route': lines(
        's',
        '99th percentile of the time the service itself takes for a request, by route.',
        query(
          `histogram_quantile(0.99, sum by (le, route) (${rate(own('service_collector_http_request_duration_seconds_bucket'))}))`,
          '{{route}}',
        ),
      ).span(8),
      'HTTP error ratio': lines(
        'percentunit',
        'Share of the answers of the service itself with status code 500 to 599, per instance. 503 is what it answers while it starts or shuts down, and to clients beyond MAX_CLIENTS.',
        query(
          `1 - sum by (instance) (${rate(own(requests, 'code!~"5.."'))}) / sum by (instance) (${rate(own(requests))})`,
          '{{instance}}',
        ),
      ).span(8),
    },
    Clients: {
      'Connected clients and limit': lines(
        'short',
        'WebSocket clients that are connected to each instance, and how many may be (MAX_CLIENTS).',
        query(clients, '{{instance}}'),
        query(limit, '{{instance}} limit'),
      )
        .overrideByQuery('B', DASHED_LINE)
        .dataLinks([collected]),
      'Client limit used by instance': lines(
        'percentunit',
        'WebSocket clients that are connected, as a share of MAX_CLIENTS. An alert fires at 90 %.',
        query(`${clients} / ${limit}`, '{{instance}}'),
      )
        .thresholds(steps('transparent', [0.9, 'red']))
        .thresholdsStyle(DASHED)
        .dataLinks([collected]),
    },
    Process: {
      'CPU usage': lines(
        'percentunit',
        "Share of one processor that the service's process uses, per instance.",
        query(rate(job('process_cpu_seconds_total')), '{{instance}}'),
      )
        .dataLinks([collected])
        .span(8),
      'Memory usage': lines(
        'bytes',
        'Resident memory of the process and its part that is JavaScript heap in use, per instance.',
        query(job('process_resident_memory_bytes'), '{{instance}} resident'),
        query(own('nodejs_heap_size_used_bytes'), '{{instance}} heap'),
      )
        .dataLinks([collected])
        .span(8),
      'Event loop lag': lines(
        's',
        'Delay of the event loop over the last one to two minutes, median and 99th percentile, per instance. Above some 100 ms the service answers late.',
        query(own('nodejs_eventloop_lag_p99_seconds'), '{{instance}} p99'),
        query(own('nodejs_eventloop_lag_p50_seconds'), '{{instance}} p50'),
      ).span(8),
      'Garbage collection time': lines(
        'percentunit',
        'Share of the time that the garbage collector takes, per instance and kind of collection.',
        query(rate(job('nodejs_gc_duration_seconds_sum')), '{{instance}} {{kind}}'),
      ).span(8),
      'Open file descriptors': lines(
        'short',
        'Open file descriptors per instance, connections included, and how many the system allows.',
        query(job('process_open_fds'), '{{instance}}'),
        query(job('process_max_fds'), '{{instance}} limit'),
      )
        .overrideByQuery('B', DASHED_LINE)
        .span(8),
      Uptime: lines(
        's',
        'Time since the process started, per instance. A saw-tooth is a process that restarts again and again.',
        query(`time() - ${job('process_start_time_seconds')}`, '{{instance}}'),
      ).span(8),
    },
  },
);
