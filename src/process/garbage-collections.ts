import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Histogram } from '../metrics/histogram.js';
import type { Registry } from '../metrics/registry.js';

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Registers a histogram of garbage collections, which is updated until the observer is disconnected. */
export function observeGarbageCollections(registry: Registry): PerformanceObserver {
  const duration = registry.register(
    new Histogram({
      name: 'nodejs_gc_duration_seconds',
      help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
      labelNames: ['kind'],
      buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    }),
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = GC_KINDS[kindOf(entry)];
      if (kind !== undefined) duration.observe({ kind }, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return observer;
}

/** See https://nodejs.org/api/perf_hooks.html#garbage-collection-gc-details */
function kindOf(entry: PerformanceEntry): number {
  const detail: unknown = Reflect.get(entry, 'detail');
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? Number(detail.kind) : NaN;
}
