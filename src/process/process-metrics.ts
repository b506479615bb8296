// Metrics of the process: those of prom-client's `collectDefaultMetrics`, with the same names, but read and printed in a
// fraction of the time (docs/decisions/0008).
import type { PerformanceObserver } from 'node:perf_hooks';
import type { LabelValues } from '../metrics/metric.js';
import { Counter, Gauge, type Value } from '../metrics/values.js';
import type { Registry } from '../metrics/registry.js';
import { DELAY_PERIOD, type Delays, EventLoopDelay } from './event-loop-delay.js';
import { observeGarbageCollections } from './garbage-collections.js';
import * as readings from './process-readings.js';

/** All values that are read for one page. */
interface Reading {
  cpu: NodeJS.CpuUsage;
  memory: readings.Memory;
  openFiles: number | undefined;
  maxFds: number | undefined;
  heap: ReturnType<typeof readings.heap>;
  heapSpaces: ReturnType<typeof readings.heapSpaces>;
  resources: ReadonlyMap<string, number>;
  lag: number;
  delays: Delays;
}

/** A metric of the process, and how to get its values from a reading. */
interface Description {
  name: string;
  help: string;
  type?: 'counter';
  /** The labels of the only series. */
  labels?: LabelValues;
  /** The label that distinguishes several series. */
  label?: string;
  /** The value, or one for each value of the label; undefined if the system does not provide it. */
  read: (reading: Reading) => number | undefined | ReadonlyMap<string, number>;
}

const startTime = Math.round(Date.now() / 1000 - process.uptime());
const [major, minor, patch] = process.version.slice(1).split('.');

/** V8's names for the sizes of a heap space. */
const SPACE_FIELDS = {
  total: 'space_size',
  used: 'space_used_size',
  available: 'space_available_size',
} as const;

const METRICS: readonly Description[] = [
  {
    name: 'process_cpu_user_seconds_total',
    help: 'Total user CPU time spent in seconds.',
    type: 'counter',
    read: ({ cpu }) => cpu.user / 1e6,
  },
  {
    name: 'process_cpu_system_seconds_total',
    help: 'Total system CPU time spent in seconds.',
    type: 'counter',
    read: ({ cpu }) => cpu.system / 1e6,
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    type: 'counter',
    read: ({ cpu }) => (cpu.user + cpu.system) / 1e6,
  },
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    read: () => startTime,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    read: ({ memory }) => memory.resident,
  },
  {
    name: 'process_virtual_memory_bytes',
    help: 'Virtual memory size in bytes.',
    read: ({ memory }) => memory.virtual,
  },
  { name: 'process_heap_bytes', help: 'Process heap size in bytes.', read: ({ memory }) => memory.data },
  {
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    read: ({ openFiles }) => openFiles,
  },
  { name: 'process_max_fds', help: 'Maximum number of open file descriptors.', read: ({ maxFds }) => maxFds },
  {
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Lag of event loop in seconds.',
    read: ({ lag }) => lag,
  },
  {
    name: 'nodejs_eventloop_lag_min_seconds',
    help: `The minimum recorded event loop delay, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.min,
  },
  {
    name: 'nodejs_eventloop_lag_max_seconds',
    help: `The maximum recorded event loop delay, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.max,
  },
  {
    name: 'nodejs_eventloop_lag_mean_seconds',
    help: `The mean of the recorded event loop delays, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.mean,
  },
  {
    name: 'nodejs_eventloop_lag_stddev_seconds',
    help: `The standard deviation of the recorded event loop delays, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.stddev,
  },
  {
    name: 'nodejs_eventloop_lag_p50_seconds',
    help: `The 50th percentile of the recorded event loop delays, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.p50,
  },
  {
    name: 'nodejs_eventloop_lag_p90_seconds',
    help: `The 90th percentile of the recorded event loop delays, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.p90,
  },
  {
    name: 'nodejs_eventloop_lag_p99_seconds',
    help: `The 99th percentile of the recorded event loop delays, ${DELAY_PERIOD}.`,
    read: ({ delays }) => delays.p99,
  },
  {
    name: 'nodejs_active_resources',
    help: 'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
    label: 'type',
    read: ({ resources }) => resources,
  },
  {
    name: 'nodejs_active_resources_total',
    help: 'Total number of active resources.',
    read: ({ resources }) => [...resources.values()].reduce((sum, count) => sum + count, 0),
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Process heap size from Node.js in bytes.',
    read: ({ heap }) => heap.total,
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Process heap size used from Node.js in bytes.',
    read: ({ heap }) => heap.used,
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Node.js external memory size in bytes.',
    read: ({ heap }) => heap.external,
  },
  ...(['total', 'used', 'available'] as const).map((part): Description => ({
    name: `nodejs_heap_space_size_${part}_bytes`,
    help: `Process heap space size ${part} from Node.js in bytes.`,
    label: 'space',
    read: ({ heapSpaces }) =>
      new Map(heapSpaces.map((space) => [space.space_name.replace('_space', ''), space[SPACE_FIELDS[part]]])),
  })),
  {
    name: 'nodejs_version_info',
    help: 'Node.js version info.',
    labels: { version: process.version, major, minor, patch },
    read: () => 1,
  },
];

/** The values by label value, or by '' without a label. */
function valuesOf(read: number | undefined | ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  if (read === undefined) return NONE;
  return typeof read === 'number' ? new Map([['', read]]) : read;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Registers the metrics of the process, until they are stopped. */
export class ProcessMetrics {
  private readonly maxFds = readings.mostOpenFiles();
  private lag = 0;
  private reading: Reading | undefined;
  private readonly garbageCollections: PerformanceObserver;
  private readonly delay: EventLoopDelay;
  private readonly memory: readings.MemoryReader;

  constructor(registry: Registry) {
    for (const description of METRICS) this.register(description, registry);
    this.garbageCollections = observeGarbageCollections(registry);
    // Started last, because nobody could stop these if the registry refused a metric.
    this.delay = new EventLoopDelay();
    this.memory = new readings.MemoryReader();
  }

  stop(): void {
    this.delay.stop();
    this.memory.close();
    this.garbageCollections.disconnect();
  }

  private register({ name, help, type, label, labels = {}, read }: Description, registry: Registry): void {
    let keys: string | undefined;
    const series = new Map<string, Value>();
    const collect = (): void => {
      const values = valuesOf(read(this.read()));
      const present = [...values.keys()].join();
      if (present !== keys) {
        metric.clear();
        series.clear();
        for (const key of values.keys()) {
          series.set(key, metric.series(label === undefined ? labels : { [label]: key }));
        }
        keys = present;
      }
      for (const [key, value] of series) value.value = values.get(key) ?? NaN;
    };
    const labelNames = label === undefined ? Object.keys(labels) : [label];
    const options = { name, help, labelNames, collect };
    const metric = registry.register(
      type === 'counter' ? new Counter<string>(options) : new Gauge<string>(options),
    );
  }

  /** Values that are printed or requested in the same turn are read once. */
  private read(): Reading {
    if (!this.reading) {
      this.reading = this.readAnew();
      queueMicrotask(() => (this.reading = undefined));
    }
    return this.reading;
  }

  private readAnew(): Reading {
    const start = performance.now();
    setImmediate(() => (this.lag = (performance.now() - start) / 1000)); // for the next reading, as in prom-client
    return {
      cpu: process.cpuUsage(),
      memory: this.memory.read(),
      openFiles: readings.openFiles(),
      maxFds: this.maxFds,
      heap: readings.heap(),
      heapSpaces: readings.heapSpaces(),
      resources: readings.activeResources(),
      lag: this.lag,
      delays: this.delay.read(),
    };
  }
}
