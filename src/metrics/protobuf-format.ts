// The protobuf format: one length-delimited MetricFamily per metric. Names and numbers of fields:
// https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
import type { Distribution } from './histogram.js';
import type { Series } from './metric.js';
import type { Block } from './values.js';
import { NativeHistogram } from './native-histogram.js';
import { ProtobufWriter } from './protobuf-writer.js';
import type { AnyMetric, Registry } from './registry.js';

/** For each type: its number in MetricType, and the field of Metric that holds the value. */
const TYPES = {
  counter: { type: 0, field: 3 },
  gauge: { type: 1, field: 2 },
  histogram: { type: 4, field: 7 },
} as const;

const NO_SPAN = new Uint8Array();

const NUMBER_SIZE = 8;

/** In milliseconds since 1970, by the clock at that time. */
const PROCESS_START = Math.round(performance.timeOrigin);

/** Messages that each end with a number of 8 bytes, which is overwritten in place. */
class Messages {
  #bytes = Buffer.alloc(0);
  /** The index of each number in `bytes`. */
  readonly #starts: number[] = [];

  get length(): number {
    return this.#starts.length;
  }

  add(messages: readonly Buffer[]): void {
    if (messages.length === 0) return;
    let end = this.#bytes.length;
    for (const { length } of messages) this.#starts.push((end += length) - NUMBER_SIZE);
    this.#bytes = Buffer.concat([this.#bytes, ...messages]);
  }

  /**
   * The messages with these numbers. The next call overwrites the bytes.
   *
   * @param slots the index in `values` of each message's number
   */
  print(values: ArrayLike<number>, slots: readonly number[]): Buffer {
    const { buffer, byteOffset } = this.#bytes;
    const view = new DataView(buffer, byteOffset);
    for (let message = 0; message < this.#starts.length; message++) {
      view.setFloat64(this.#starts[message] ?? NaN, values[slots[message] ?? -1] ?? NaN, true);
    }
    return this.#bytes;
  }
}

/** Prints registries like TextFormat. Constant parts of a series, such as its labels, are encoded only once. */
export class ProtobufFormat {
  readonly contentType =
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
  readonly #heads = new WeakMap<AnyMetric, Buffer>();
  readonly #messages = new WeakMap<Block, Messages>();
  readonly #labels = new WeakMap<Distribution, Buffer>();
  readonly #inner = new ProtobufWriter();
  readonly #outer = new ProtobufWriter();
  readonly #deltas = new ProtobufWriter();

  /** Prints the current values of all metrics into a new buffer. */
  print(registry: Registry): Buffer {
    const pieces: Buffer[] = [];
    for (const metric of registry) {
      metric.collect?.();
      const family = [this.#headOf(metric), ...this.#printSeries(metric)];
      const length = family.reduce((sum, piece) => sum + piece.length, 0);
      pieces.push(this.#outer.varint(length).take(), ...family);
    }
    return Buffer.concat(pieces);
  }

  #printSeries(metric: AnyMetric): Buffer[] {
    if (metric.type === 'histogram')
      return Array.from(metric.all, (series) => this.#printDistribution(series));
    return metric.blocks.map((block) => this.#printBlock(metric.type, block));
  }

  #headOf(metric: AnyMetric): Buffer {
    let head = this.#heads.get(metric);
    if (!head) {
      const { name, help, type } = metric;
      head = this.#outer.string(1, name).string(2, help).integer(3, TYPES[type].type).take();
      this.#heads.set(metric, head);
    }
    return head;
  }

  #printBlock(type: 'counter' | 'gauge', block: Block): Buffer {
    const messages = this.#messages.get(block) ?? new Messages();
    if (messages.length === 0) this.#messages.set(block, messages);
    const added = block.series.slice(messages.length);
    messages.add(
      added.map((series) => {
        if (type === 'counter') this.#outer.bytes(3, this.#timeOf(series));
        const value = this.#outer.double(1, 0).take();
        const metric = this.#outer.raw(this.#labelsOf(series)).bytes(TYPES[type].field, value).take();
        return this.#outer.bytes(4, metric).take();
      }),
    );
    return messages.print(block.values, block.slots);
  }

  #printDistribution(series: Distribution): Buffer {
    let labels = this.#labels.get(series);
    if (!labels) this.#labels.set(series, (labels = this.#labelsOf(series)));
    const histogram = this.#histogramOf(series);
    const metric = this.#outer.raw(labels).bytes(TYPES.histogram.field, histogram).take();
    return this.#outer.bytes(4, metric).take();
  }

  #histogramOf(series: Distribution): Buffer {
    const { counts, sum, buckets } = series;
    const { bounds } = buckets;
    const writer = this.#outer;
    let count = 0;
    for (let i = 0; i <= bounds.length; i++) {
      count += counts[i] ?? NaN;
      writer.bytes(
        3,
        this.#inner
          .integer(1, count)
          .double(2, bounds[i] ?? Infinity)
          .take(),
      );
    }
    writer.integer(1, count).double(2, sum).bytes(15, this.#timeOf(series));
    if (series.native) this.#writeNative(series.native);
    return writer.take();
  }

  /** Writes counts as differences, in spans of adjacent populated buckets. */
  #writeNative(native: NativeHistogram): void {
    const { lowest, counts } = native.buckets;
    const writer = this.#outer
      .signed(5, native.schema)
      .double(6, NativeHistogram.zeroThreshold)
      .integer(7, native.zeroCount);
    let end = -lowest; // of the previous span; the offset of the first span is its index
    let before = 0;
    for (let start = 0; start < counts.length; start++) {
      let length = 0;
      for (let count = counts[start] ?? 0; count > 0; count = counts[start + ++length] ?? 0) {
        this.#deltas.zigzag(count - before);
        before = count;
      }
      if (length === 0) continue;
      writer.bytes(
        12,
        this.#inner
          .signed(1, start - end)
          .integer(2, length)
          .take(),
      );
      start = end = start + length;
    }
    // Without a span, Prometheus 2 would not recognise a native histogram.
    if (before === 0) writer.bytes(12, NO_SPAN);
    else writer.bytes(13, this.#deltas.take());
  }

  #labelsOf({ labels }: Series): Buffer {
    for (const [name, value] of Object.entries(labels)) {
      this.#outer.bytes(1, this.#inner.string(1, name).string(2, String(value)).take());
    }
    return this.#outer.take();
  }

  /** The creation time of a series, as a Timestamp. Later changes of the clock do not affect it. */
  #timeOf({ madeAt }: Series): Buffer {
    const time = PROCESS_START + madeAt;
    return this.#inner
      .integer(1, Math.floor(time / 1000))
      .integer(2, (time % 1000) * 1_000_000)
      .take();
  }
}
