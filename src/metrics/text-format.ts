// The text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { ZERO } from '../platform/ascii.js';
import type { Distribution } from './histogram.js';
import type { Series } from './metric.js';
import type { Block } from './values.js';
import type { AnyMetric, Registry } from './registry.js';

/** Integers below this are exact, and so is their division into digits. */
const LARGEST_OVERWRITTEN = 1e14;

/**
 * Lines that each end with a number. Between two scrapes most numbers keep their length, so only their digits are
 * overwritten. All lines are rebuilt when the length of a number changes.
 */
export class Lines {
  #bytes = Buffer.alloc(0);
  /** The range of each line's number in `bytes`. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** The line numbers, from 0. */
  readonly #lines: number[] = [];
  /** The numbers that `bytes` shows. */
  readonly #printed: number[] = [];

  get length(): number {
    return this.#ends.length;
  }

  /** @param prefixes lines up to their numbers, with a line break at the beginning and a space at the end */
  add(prefixes: readonly string[]): void {
    if (prefixes.length === 0) return;
    const pieces = [this.#bytes];
    let end = this.#bytes.length;
    for (const prefix of prefixes) {
      const piece = Buffer.from(`${prefix}0`);
      pieces.push(piece);
      end += piece.length;
      this.#lines.push(this.#lines.length);
      this.#starts.push(end - 1);
      this.#ends.push(end);
      this.#printed.push(0);
    }
    this.#bytes = Buffer.concat(pieces);
  }

  /**
   * The lines with these numbers. The next call overwrites the bytes.
   *
   * @param slots the index in `values` of each line's number
   */
  print(values: ArrayLike<number>, slots: readonly number[] = this.#lines): Buffer {
    for (let line = 0; line < this.#ends.length; line++) {
      const value = values[slots[line] ?? -1] ?? NaN;
      if (value === this.#printed[line]) continue;
      if (!this.#overwrite(line, value)) {
        this.#printAnew(slots.map((slot) => values[slot] ?? NaN));
        break;
      }
      this.#printed[line] = value;
    }
    return this.#bytes;
  }

  /** Overwrites a line's number, or returns false if the new one has a different length. */
  #overwrite(line: number, value: number): boolean {
    const start = this.#starts[line] ?? NaN;
    const end = this.#ends[line] ?? NaN;
    if (!Number.isInteger(value) || value < 0 || value >= LARGEST_OVERWRITTEN) {
      const text = numberText(value);
      if (text.length !== end - start) return false;
      this.#bytes.write(text, start, 'latin1');
      return true;
    }
    let rest = value;
    let digit = end;
    do {
      if (digit === start) return false;
      const tenth = Math.floor(rest / 10);
      this.#bytes[--digit] = ZERO + (rest - tenth * 10);
      rest = tenth;
    } while (rest > 0);
    return digit === start;
  }

  #printAnew(values: readonly number[]): void {
    const texts = values.map(numberText);
    const old = this.#bytes;
    const digits = this.#ends.reduce((sum, end, line) => sum + end - (this.#starts[line] ?? NaN), 0);
    const bytes = Buffer.allocUnsafe(old.length - digits + texts.reduce((sum, text) => sum + text.length, 0));
    let from = 0;
    let at = 0;
    for (const [line, text] of texts.entries()) {
      at += old.copy(bytes, at, from, this.#starts[line]);
      from = this.#ends[line] ?? NaN;
      this.#starts[line] = at;
      at += bytes.write(text, at, 'latin1');
      this.#ends[line] = at;
      this.#printed[line] = values[line] ?? NaN;
    }
    this.#bytes = bytes;
  }
}

/** Prints registries. Values that did not change since the last page are not printed again. */
export class TextFormat {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #heads = new WeakMap<AnyMetric, Buffer>();
  readonly #lines = new WeakMap<Block | Distribution, Lines>();

  /** Prints the current values of all metrics into a new buffer. */
  print(registry: Registry): Buffer {
    const pieces: Buffer[] = [];
    for (const metric of registry) {
      if (pieces.length > 0) pieces.push(GAP);
      this.#printMetric(metric, pieces);
    }
    pieces.push(LINE_BREAK);
    return Buffer.concat(pieces);
  }

  #printMetric(metric: AnyMetric, pieces: Buffer[]): void {
    metric.collect?.();
    pieces.push(this.#headOf(metric));
    if (metric.type === 'histogram') {
      const numbers = new Float64Array(metric.buckets.bounds.length + 3);
      for (const series of metric.all) pieces.push(this.#printDistribution(metric.name, series, numbers));
    } else {
      for (const block of metric.blocks) pieces.push(this.#printBlock(metric.name, block));
    }
  }

  #headOf(metric: AnyMetric): Buffer {
    let head = this.#heads.get(metric);
    if (!head) {
      const { name, help, type } = metric;
      head = Buffer.from(`# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}`);
      this.#heads.set(metric, head);
    }
    return head;
  }

  #printBlock(name: string, block: Block): Buffer {
    const lines = this.#lines.get(block) ?? new Lines();
    if (lines.length === 0) this.#lines.set(block, lines);
    const added = block.series.slice(lines.length);
    lines.add(added.map(({ labels }) => `\n${name}${braced(labels)} `));
    return lines.print(block.values, block.slots);
  }

  /** @param numbers a buffer for the numbers of its lines: cumulative counts, the sum, and the count */
  #printDistribution(name: string, series: Distribution, numbers: Float64Array): Buffer {
    let lines = this.#lines.get(series);
    if (!lines) {
      const {
        labels,
        buckets: { bounds },
      } = series;
      lines = new Lines();
      const pairs = braced(labels);
      lines.add([
        ...[...bounds, '+Inf'].map((le) => `\n${name}_bucket${braced({ le, ...labels })} `),
        `\n${name}_sum${pairs} `,
        `\n${name}_count${pairs} `,
      ]);
      this.#lines.set(series, lines);
    }
    const buckets = series.counts.length - 1;
    let count = 0;
    for (let i = 0; i < buckets; i++) numbers[i] = count += series.counts[i] ?? NaN;
    numbers[buckets] = series.sum;
    numbers[buckets + 1] = count;
    return lines.print(numbers);
  }
}

const LINE_BREAK = Buffer.from('\n');
/** Between two metrics: a line break and an empty line. */
const GAP = Buffer.from('\n\n');

/** Labels in braces, or an empty string without labels. */
function braced(labels: Series['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Inf' : '+Inf';
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
