/** Samples of an hour, one every two seconds, and some gaps. */
const CAPACITY = 1_850;

/**
 * The figures of the last hour, by their expressions, in a fixed capacity. New figures replace the oldest.
 */
export class Timeline {
  length = 0;
  private readonly all = new Float64Array(CAPACITY);
  private readonly columns = new Map<string, Float64Array>();

  /** @param time in milliseconds since the epoch, later than the last */
  add(time: number, figures: ReadonlyMap<string, number>): void {
    if (this.length === CAPACITY) this.dropOldest();
    const row = this.length++;
    this.all[row] = time;
    for (const column of this.columns.values()) column[row] = NaN;
    this.set(row, figures);
  }

  set(row: number, figures: ReadonlyMap<string, number>): void {
    for (const [expression, value] of figures) this.column(expression)[row] = value;
  }

  forget(expressions: readonly string[]): void {
    for (const expression of expressions) this.columns.delete(expression);
  }

  /** Milliseconds since the epoch, ascending. */
  get times(): Float64Array {
    return this.all.subarray(0, this.length);
  }

  /** The values of an expression at these times, NaN if it had none. */
  values(expression: string): Float64Array {
    return this.column(expression).subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  private column(expression: string): Float64Array {
    const column = this.columns.get(expression) ?? new Float64Array(CAPACITY).fill(NaN);
    this.columns.set(expression, column);
    return column;
  }

  private dropOldest(): void {
    for (const column of [this.all, ...this.columns.values()]) column.copyWithin(0, 1);
    this.length--;
  }
}
