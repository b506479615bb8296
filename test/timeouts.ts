/** Knows the timeouts that begin, and ends them when a test says so, long before their time. */
export class Timeouts implements Disposable {
  private readonly begun = jest.spyOn(globalThis, 'setTimeout');

  /** Ends those that were to take so many milliseconds. */
  end(milliseconds: number): void {
    const { calls, results } = this.begun.mock;
    calls.forEach(([callback, time], i) => {
      if (time !== milliseconds) return;
      clearTimeout(results[i]?.value);
      callback();
    });
  }

  [Symbol.dispose](): void {
    this.begun.mockRestore();
  }
}
