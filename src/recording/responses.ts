import { STATUS_CODES } from 'node:http';
import type { ResponseCode, ResponseTime, Unlisted } from '../metrics/collectors.js';
import { HIGH_WORD } from '../metrics/buckets.js';
import type { Distribution } from '../metrics/histogram.js';
import type { NativeHistogram } from '../metrics/native-histogram.js';
import type { Block, Value } from '../metrics/values.js';
import type { Batch } from './batch.js';
import type { Labels } from './labels.js';

/** What the observations of one group move: one array, so that counting one touches little memory. */
interface Group {
  /** The counts of status codes, at the places that they have; behind them, those of `time`. */
  cells: Float64Array;
  codes: Block;
  time: Distribution;
}

/** Status codes that have a place in each group: all, or with lists, which make many groups, as many as services use. */
const [ALL_CODES, USUAL_CODES] = [500, 64];

/** Counts observations in response_code, response_time and, where lists do not name their values, in unlisted_total. */
export class Responses {
  private readonly groups: (Group | undefined)[];
  /** Of each group, its array. */
  private readonly cells: (Float64Array | undefined)[];
  /** Of each group, the native histogram of its durations; undefined where NATIVE_HISTOGRAMS is off. */
  private readonly natives: (NativeHistogram | undefined)[] | undefined;
  /** By status code: its place in these arrays, or -1. Codes get one when they are first seen, as long as there is room. */
  private readonly places = new Int16Array(600).fill(-1);
  private usedPlaces = 0;
  private readonly mostPlaces: number;
  /** The series of codes without a place, by group and code: whoever sends many rare codes first must not slow all others down. */
  private readonly unplaced = new Map<number, Value>();
  /** By group: a bit for each label that holds `other`. */
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
    // To hold series shows them, at 0. With lists there would be too many of them.
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
      const count = place < 0 ? 0 : (counts[place] ?? 0); // a load outside of the array would slow all others down
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

  /** Counts many observations of one group and status code; their durations apart. */
  addCounts(group: number, statuscode: number, count: number): void {
    this.codeOf(group, statuscode).inc(count);
    this.countUnlisted(this.unlistedIn[group] ?? 0, count);
  }

  /** @param counts by bucket, not cumulative, +Inf's last */
  addDurations(group: number, counts: ArrayLike<number>, sum: number): void {
    this.groupOf(group).time.add(counts, sum);
  }

  /** What a group moves, which is made when it is first needed. */
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

  /** @param labels a bit for each */
  private countUnlisted(labels: number, count: number): void {
    for (const [bit, label] of this.unlisted.entries()) if ((labels >> bit) & 1) label.inc(count);
  }
}
