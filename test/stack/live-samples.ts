// Samples to compare the live page's computations on: counters, and the scrapes of a service.
import fc from 'fast-check';
import type { Samples } from '../../src/live/figures/rate.js';

/** Full seconds, in the past, as far as Prometheus is concerned. */
export const START = Math.floor(Date.now() / 1000) * 1000 - 3 * 3_600_000;

const increase = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1000) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1e9, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant('reset' as const) },
);

/** A counter that is scraped for some two minutes, with jitter, missed scrapes and resets. */
export const counter = fc
  .array(
    fc.tuple(fc.oneof(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: 1, max: 30_000 })), increase),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((steps): Samples => {
    const times: number[] = [];
    const values: number[] = [];
    let [time, value] = [START, 0];
    for (const [distance, step] of steps) {
      time += distance;
      value = step === 'reset' ? 0 : value + step;
      times.push(time);
      values.push(value);
    }
    return { times, values };
  });

/** What a service shows at scrapes two seconds apart: it starts again after 50, and a series appears late. */
export const expositions = Array.from({ length: 80 }, (_, i) => {
  const age = i < 50 ? i : i - 50;
  const lines = [
    `incoming_requests ${age * 5}`,
    `connected_clients ${i % 9}`,
    `process_cpu_seconds_total ${age / 13}`,
    `process_resident_memory_bytes ${1e8 + i}`,
    `nodejs_eventloop_lag_p99_seconds ${i / 1000}`,
  ];
  for (const [env, scale] of [
    ['testing', 1],
    ['production', 2],
  ] as const) {
    const codes = { 200: 7 * age, 302: age, 404: Math.floor(age / 3), 503: age ** 2 % 1000, 599: i };
    for (const [code, value] of Object.entries(codes)) {
      if (code === '599' && i < 20) continue;
      lines.push(`response_code{env="${env}",statuscode="${code}",type="${code[0]}00"} ${value * scale}`);
    }
    const buckets = { '0.1': 3 * age, '1': 11 * age, '10': 11 * age + (i % 7), '+Inf': 12 * age + (i % 7) };
    for (const [le, value] of Object.entries(buckets)) {
      lines.push(`response_time_bucket{le="${le}",env="${env}"} ${value * scale}`);
    }
  }
  return { time: START + i * 2000 + ((i * 37) % 50), lines };
});
