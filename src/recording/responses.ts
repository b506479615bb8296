import { STATUS_CODES } from 'node:http';
import type { ResponseCode, ResponseTime, Unlisted } from '../metrics/collectors.js';
import { HIGH_WORD } from '../metrics/buckets.js';
import type { Distribution } from '../metrics/histogram.js';
import type { NativeHistogram } from '../metrics/native-histogram.js';
import type { Block, Value } from '../metrics/values.js';
import type { Batch } from './batch.js';
import type { Labels } from './labels.js';

/** The counts of one group, in one array, so that counting an observation touches little memory. */
interface Group {
  /** The counts of status codes by their places, followed by the counts of `time`. */
  cells: Float64Array;
  codes: Block;
  time: Distribution;
}

/** Most status codes with a place in each group: all, or the usual number with lists, because they create many groups. */
const [ALL_CODES, USUAL_CODES] = [500, 64];

/** Counts observations in response_code and response_time, and values that are not in their lists in unlisted_total. */
export class Responses {
  private readonly groups: (Group | undefined)[];
  /** The array of each group. */
  private readonly cells: (Float64Array | undefined)[];
  /** The native histogram of each group's durations; undefined if NATIVE_HISTOGRAMS is off. */
  private readonly natives: (NativeHistogram | undefined)[] | undefined;
  /** The place of each status code in these arrays, or -1. A code gets its place when it is first seen, while any are left. */
  private readonly places = new Int16Array(600).fill(-1);
  private usedPlaces = 0;
  private readonly mostPlaces: number;
  /** The series of codes without a place, by group and code: a sender of many rare codes must not slow down all others. */
  private readonly unplaced = new Map<number, Value>();
  /** For each group, a bit mask of the labels that are `other`. */
  private readonly unlistedIn: Uint8Array;
  /** In the order of these bits. */
  private readonly unlisted: readonly Value[];

  constructor(
    private readonly labels: Labels,
    private readonly responseCode: ResponseCode,
    private readonly responseTime: ResponseTime,
    unlisted: Unlisted,
  ) {
    const { listed, groups } = labels;
    this.groups = Array.from<undefined>({ length: groups });
    this.cells = Array.from<undefined>({ length: groups });
    this.natives = responseTime.isNative ? Array.from({ length: groups }) : undefined;
    this.mostPlaces = listed.length === 0 ? ALL_CODES : USUAL_CODES;
    this.unlisted = listed.map(({ name }) => unlisted.series({ label: name }));
    this.unlistedIn = Uint8Array.from({ length: groups }, (_, group) => labels.unlistedIn(group));
    // Creating a series shows it at 0. With lists there would be too many.
    if (listed.length === 0) {
      const codes = Object.keys(STATUS_CODES).map(Number);
      for (let group = 0; group < groups; group++) for (const code of codes) this.codeOf(group, code);
    }
  }

  /** Counts all rows of a batch. */
  add(batch: Batch): void {
    const { length, groups, statuscodes, seconds } = batch;
    const { cells, natives, places, mostPlaces, unlistedIn } = this;
    const { buckets } = this.responseTime;
    const words = new Uint32Array(seconds.buffer, seconds.byteOffset, 2 * length);
    for (let row = 0; row < length; row++) {
      const group = groups[row] ?? NaN;
      const statuscode = statuscodes[row] ?? NaN;
      const counts = cells[group] ?? this.groupOf(group).cells;
      const place = places[statuscode] ?? -1;
      const count = place < 0 ? 0 : (counts[place] ?? 0); // reading outside of the array would slow down all other reads
      if (count > 0) counts[place] = count + 1;
      else this.codeOf(group, statuscode).inc();
      const duration = seconds[row] ?? NaN;
      if (duration >= 0) {
        const bucket = mostPlaces + buckets.indexOf(duration, words[2 * row + HIGH_WORD]);
        counts[bucket] = (counts[bucket] ?? NaN) + 1;
        counts[counts.length - 1] = (counts[counts.length - 1] ?? NaN) + duration;
        if (natives) natives[group]?.observe(duration);
      }
      const unlisted = unlistedIn[group] ?? 0;
      if (unlisted > 0) this.countUnlisted(unlisted, 1);
    }
  }

  /** Counts many observations of one group and status code, without their durations. */
  addCounts(group: number, statuscode: number, count: number): void {
    this.codeOf(group, statuscode).inc(count);
    this.countUnlisted(this.unlistedIn[group] ?? 0, count);
  }

  /** @param counts of each bucket, not cumulative, +Inf last */
  addDurations(group: number, counts: ArrayLike<number>, sum: number): void {
    this.groupOf(group).time.add(counts, sum);
  }

  /** The counts of a group, created on first use. */
  private groupOf(group: number): Group {
    let known = this.groups[group];
    if (!known) {
      const cells = new Float64Array(this.mostPlaces + this.responseTime.buckets.bounds.length + 2);
      const time = this.responseTime.series(this.labels.valuesOf(group), cells.subarray(this.mostPlaces));
      known = { cells, codes: this.responseCode.blockIn(cells), time };
      this.groups[group] = known;
      this.cells[group] = cells;
      if (this.natives) this.natives[group] = time.native;
    }
    return known;
  }

  /** The series of a status code. */
  codeOf(group: number, statuscode: number): Value {
    const { codes: block } = this.groupOf(group);
    let slot = this.places[statuscode] ?? -1;
    const key = group * this.places.length + statuscode;
    const known = slot < 0 ? this.unplaced.get(key) : undefined;
    if (known) return known;
    if (slot < 0 && this.usedPlaces < this.mostPlaces) this.places[statuscode] = slot = this.usedPlaces++;
    const type = `${Math.floor(statuscode / 100)}00`;
    const labels = { ...this.labels.valuesOf(group), statuscode, type };
    if (slot >= 0) return this.responseCode.series(labels, { block, slot });
    const series = this.responseCode.series(labels);
    this.unplaced.set(key, series);
    return series;
  }

  /** @param labels a bit mask */
  private countUnlisted(labels: number, count: number): void {
    for (const [bit, label] of this.unlisted.entries()) if ((labels >> bit) & 1) label.inc(count);
  }
}
