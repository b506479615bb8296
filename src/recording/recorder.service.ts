import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type {
  Observations,
  ObservationsRejected,
  ResponseCode,
  ResponseTime,
  Skipped,
  SourceConfigured,
  Unlisted,
} from '../metrics/collectors.js';
import type { Distribution, Value } from '../metrics/metric.js';
import { SETTINGS } from '../settings/token.js';
import { Batch } from './batch.js';
import { Labels } from './labels.js';
import { greatestSeries, type RecordingSettings } from './recording.settings.js';
import {
  check,
  explain,
  type Fault,
  type Observation,
  type ObservationProblem,
  type Reason,
  REASONS,
  type Source,
  SOURCES,
} from './observation.js';

/** A source whose observations come in batches, of which all are recorded or none. */
export type BatchSource = { [S in Source]: 'batch_refused' extends Reason<S> ? S : never }[Source];

/** What the observations of one group move, held so that it need not be looked up by its labels. */
interface GroupSeries {
  /** By the place that `places` gives a status code. */
  codes: (Value | undefined)[];
  time: Distribution;
  /** One for each of its labels that hold `other`. */
  unlisted: readonly Value[];
}

/** What is wrong with a candidate of a batch, by its place among them. */
export interface BatchProblem extends ObservationProblem {
  index: number;
}

/** Problems of a batch that are put into words; the others are only counted. */
const MOST_EXPLAINED = 10;

/**
 * Records or rejects the observations of all sources, so that all of them count alike: for each source,
 * received = recorded + rejected.
 */
@Injectable()
export class RecorderService implements OnApplicationBootstrap {
  readonly labels: Labels;
  /** Upper bounds of the buckets of response_time, without +Inf. */
  readonly bounds: readonly number[];
  private readonly groups: (GroupSeries | undefined)[];
  /** By status code: its place in the `codes` of each group. Codes get one when they are first seen. */
  private readonly places = new Int16Array(600).fill(-1);
  private usedPlaces = 0;
  private readonly recorded: ReadonlyMap<Source, Value>;
  private readonly rejected: ReadonlyMap<Source, ReadonlyMap<string, Value>>;
  private readonly single = new Batch(1);

  constructor(
    @Inject(SETTINGS) private readonly settings: RecordingSettings,
    @InjectMetric('response_code') private readonly responseCode: ResponseCode,
    @InjectMetric('response_time') private readonly responseTime: ResponseTime,
    @InjectMetric('service_collector_unlisted_total') private readonly unlisted: Unlisted,
    @InjectMetric('service_collector_skipped_total') private readonly skipped: Skipped,
    @InjectMetric('service_collector_observations_total') observations: Observations,
    @InjectMetric('service_collector_observations_rejected_total') rejected: ObservationsRejected,
    @InjectMetric('service_collector_source_configured') private readonly configured: SourceConfigured,
  ) {
    this.labels = new Labels(settings);
    this.bounds = settings.RESPONSE_TIME_BUCKETS;
    this.groups = Array.from<undefined>({ length: this.labels.groups });
    for (const { name } of this.labels.listed) unlisted.series({ label: name });
    // To hold series shows them, at 0. With lists there would be too many of them.
    if (this.labels.listed.length === 0) {
      const codes = Object.keys(STATUS_CODES).map(Number);
      for (let group = 0; group < this.labels.groups; group++) {
        for (const code of codes) this.codeOf(group, this.seriesOf(group), code);
      }
    }
    this.recorded = new Map(SOURCES.map((source) => [source, observations.series({ source })]));
    this.rejected = new Map(
      SOURCES.map((source) => [
        source,
        new Map(REASONS[source].map((reason) => [reason, rejected.series({ source, reason })])),
      ]),
    );
  }

  onApplicationBootstrap(): void {
    const { arithmetic } = greatestSeries(this.settings);
    new Logger('RecorderService').log(`response_code and response_time have at most ${arithmetic}`);
  }

  /** Shows a source as configured. For those that deliver by themselves: to the others, anyone may push at any time or never. */
  configure(source: Source): void {
    this.configured.set({ source }, 1);
  }

  /** Records all rows of a batch. */
  record(source: Source, batch: Batch): void {
    const { length, groups, statuscodes, seconds } = batch;
    for (let row = 0; row < length; row++) {
      const group = groups[row] ?? NaN;
      const statuscode = statuscodes[row] ?? NaN;
      const series = this.groups[group] ?? this.seriesOf(group);
      const code = series.codes[this.places[statuscode] ?? -1] ?? this.codeOf(group, series, statuscode);
      code.inc();
      const duration = seconds[row] ?? NaN;
      if (duration >= 0) series.time.observe(duration);
      if (series.unlisted.length > 0) for (const label of series.unlisted) label.inc();
    }
    this.recorded.get(source)?.inc(length);
  }

  /** Records many observations of one group and status code, as an aggregation tells them; their durations apart. */
  recordCounts(source: Source, group: number, statuscode: number, count: number): void {
    const series = this.seriesOf(group);
    this.codeOf(group, series, statuscode).inc(count);
    for (const label of series.unlisted) label.inc(count);
    this.recorded.get(source)?.inc(count);
  }

  /**
   * Records the durations of many observations of one group.
   *
   * @param counts by bucket of `bounds`, not cumulative, +Inf's last
   * @param sum of the durations, in seconds
   */
  recordDurations(group: number, counts: ArrayLike<number>, sum: number): void {
    this.seriesOf(group).time.add(counts, sum);
  }

  /**
   * Records what an earlier run had counted in a series, which its source counted then.
   *
   * @param numbers of response_code, or of response_time if there is no `statuscode` among the labels
   * @returns false if the settings do not allow these labels any more
   */
  restore(labels: Readonly<Record<string, string | number>>, numbers: readonly number[]): boolean {
    const { statuscode, type: _type, ...others } = labels;
    const [environment, ...values] = ['env', 'service', 'method', 'route'].map((name) =>
      others[name] === undefined ? undefined : String(others[name]),
    );
    const group = this.labels.groupOf(this.labels.environment(environment), ...values);
    if (!isDeepStrictEqual(this.labels.valuesOf(group), others)) return false;
    const series = this.seriesOf(group);
    if (statuscode === undefined) series.time.add(numbers, numbers.at(-1) ?? 0);
    else this.codeOf(group, series, Number(statuscode)).inc(numbers[0]);
    return true;
  }

  /** Records the candidate if it is an Observation; otherwise counts it as rejected and returns why. */
  offer(source: Source, candidate: unknown): Fault | undefined {
    const fault = check(candidate, this.labels);
    if (fault === undefined) {
      this.single.length = 0;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just checked, field by field
      this.addTo(this.single, candidate as Observation);
      this.record(source, this.single);
    } else {
      this.refuse(source, fault);
    }
    return fault;
  }

  /**
   * Records the candidates if all of them are Observations. Otherwise none is recorded: those at fault are counted as
   * rejected by what is wrong with them, the others as `batch_refused`. Those in a Batch are Observations already.
   *
   * @returns what is wrong with the first ten that are at fault; empty if all were recorded
   */
  offerAll(source: BatchSource, candidates: readonly unknown[] | Batch): BatchProblem[] {
    if (candidates instanceof Batch) {
      this.record(source, candidates);
      return [];
    }
    const batch = new Batch(candidates.length + 1);
    for (const candidate of candidates) {
      if (check(candidate, this.labels) !== undefined) return this.refuseAll(source, candidates);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just checked, field by field
      this.addTo(batch, candidate as Observation);
    }
    this.record(source, batch);
    return [];
  }

  /** Counts what a source received and did not record. */
  refuse<S extends Source>(source: S, reason: Reason<S>, count = 1): void {
    this.rejected.get(source)?.get(reason)?.inc(count);
  }

  /** Counts what tells of no request, and was never received as an observation. */
  skip(source: Source, count = 1): void {
    this.skipped.inc({ source }, count);
  }

  private refuseAll(source: BatchSource, candidates: readonly unknown[]): BatchProblem[] {
    const problems: BatchProblem[] = [];
    for (const [index, candidate] of candidates.entries()) {
      const fault = check(candidate, this.labels);
      this.refuse(source, fault ?? 'batch_refused');
      if (fault !== undefined && problems.length < MOST_EXPLAINED) {
        problems.push({ index, ...explain(candidate, fault, this.labels) });
      }
    }
    return problems;
  }

  private addTo(batch: Batch, { env, statuscode, seconds, service, method, route }: Observation): void {
    const group = this.labels.groupOf(
      this.labels.environment(env),
      service ?? undefined,
      method ?? undefined,
      route ?? undefined,
    );
    batch.add(group, statuscode, seconds ?? NaN);
  }

  /** The series of a group, which are made when they are first needed. */
  private seriesOf(group: number): GroupSeries {
    return (this.groups[group] ??= {
      codes: [],
      time: this.responseTime.series(this.labels.valuesOf(group)),
      unlisted: this.labels.unlistedIn(group).map((label) => this.unlisted.series({ label })),
    });
  }

  private codeOf(group: number, { codes }: GroupSeries, statuscode: number): Value {
    let place = this.places[statuscode] ?? -1;
    if (place < 0) this.places[statuscode] = place = this.usedPlaces++;
    while (codes.length < place) codes.push(undefined);
    return (codes[place] ??= this.responseCode.series({
      ...this.labels.valuesOf(group),
      statuscode,
      type: `${Math.floor(statuscode / 100)}00`,
    }));
  }
}
