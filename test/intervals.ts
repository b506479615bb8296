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

  [Symbol.dispose](): void {
    this.begun.mockRestore();
    this.ended.mockRestore();
  }
}
