import { until } from './service.js';

/** Knows the intervals that begin, and which of them have not ended. */
export class Intervals implements Disposable {
  private readonly begun = jest.spyOn(globalThis, 'setInterval');
  private readonly ended = jest.spyOn(globalThis, 'clearInterval');

  /** How many have begun. */
  get count(): number {
    return this.begun.mock.calls.length;
  }

  get running(): unknown[] {
    const ended = new Set<unknown>(this.ended.mock.calls.map(([timer]) => timer));
    return this.begun.mock.results.map(({ value }): unknown => value).filter((timer) => !ended.has(timer));
  }

  /** Asks until the answer is the expected one, each time after all intervals that run have come round once more. */
  until<T>(ask: () => T | Promise<T>, expected: (answer: T) => boolean): Promise<T> {
    return until(() => {
      const running = new Set(this.running);
      for (const [i, [callback]] of this.begun.mock.calls.entries()) {
        if (running.has(this.begun.mock.results[i]?.value)) callback();
      }
      return ask();
    }, expected);
  }

  [Symbol.dispose](): void {
    this.begun.mockRestore();
    this.ended.mockRestore();
  }
}
