import { Bench } from 'tinybench';

/** The median nanoseconds of a call, in so many milliseconds of calls. What stands before each call does not count. */
export async function nanoseconds(
  milliseconds: number,
  call: () => unknown,
  beforeEach = (): void => undefined,
): Promise<number> {
  const [time, warmupTime] = [milliseconds, milliseconds / 2];
  const bench = new Bench({ time, iterations: 5, warmupTime, warmupIterations: 3, throws: true });
  const [task] = await bench.add('call', call, { beforeEach }).run();
  if (!task || !('latency' in task.result)) throw new Error('nothing was measured');
  return task.result.latency.p50 * 1e6;
}
