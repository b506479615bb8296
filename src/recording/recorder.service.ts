import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type {
  Observations,
  ObservationsRejected,
  ResponseCode,
  ResponseTime,
  Skipped,
  SourceConfigured,
  SourceLastRecorded,
  Unlisted,
} from '../metrics/collectors.js';
import type { Value } from '../metrics/values.js';
import { SETTINGS } from '../settings/token.js';
import { Batch } from './batch.js';
import { Labels } from './labels.js';
import { greatestSeries, type RecordingSettings } from './recording.settings.js';
import { Responses } from './responses.js';
import {
  check,
  explain,
  type Fault,
  isStatusCode,
  type Observation,
  type ObservationProblem,
  type Reason,
  REASONS,
  SKIPPING,
  type Source,
  SOURCES,
} from './observation.js';

/** A source whose batches are recorded as a whole or not at all. */
export type BatchSource = { [S in Source]: 'batch_refused' extends Reason<S> ? S : never }[Source];

/** A fault of a candidate, with its index in the batch. */
export interface BatchProblem extends ObservationProblem {
  index: number;
}

/** Most problems of a batch that are described; others are only counted. */
const MOST_EXPLAINED = 10;

/**
 * Records or rejects the observations of all sources in the same way. For each source, received = recorded + rejected.
 */
@Injectable()
export class RecorderService implements OnApplicationBootstrap {
  readonly labels: Labels;
  /** Upper bounds of the buckets of response_time, without +Inf. */
  readonly bounds: readonly number[];
  private readonly responses: Responses;
  private readonly recorded: ReadonlyMap<Source, Value>;
  private readonly rejected: ReadonlyMap<Source, ReadonlyMap<string, Value>>;
  private readonly single = new Batch(1);

  constructor(
    @Inject(SETTINGS) private readonly settings: RecordingSettings,
    @InjectMetric('response_code') responseCode: ResponseCode,
    @InjectMetric('response_time') responseTime: ResponseTime,
    @InjectMetric('service_collector_unlisted_total') unlisted: Unlisted,
    @InjectMetric('service_collector_skipped_total') private readonly skipped: Skipped,
    @InjectMetric('service_collector_observations_total') observations: Observations,
    @InjectMetric('service_collector_observations_rejected_total') rejected: ObservationsRejected,
    @InjectMetric('service_collector_source_configured') private readonly configured: SourceConfigured,
    @InjectMetric('service_collector_source_last_recorded_timestamp_seconds')
    private readonly lastRecorded: SourceLastRecorded,
  ) {
    this.labels = new Labels(settings);
    this.bounds = settings.RESPONSE_TIME_BUCKETS;
    this.responses = new Responses(this.labels, responseCode, responseTime, unlisted);
    for (const source of SKIPPING) skipped.series({ source });
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

  /** Shows a source as configured. Only for sources that settings turn on: the others are always on. */
  configure(source: Source): void {
    this.configured.set({ source }, 1);
    this.lastRecorded.set({ source }, 0);
  }

  /** Records all rows of a batch. */
  record(source: Source, batch: Batch): void {
    this.responses.add(batch);
    this.recorded.get(source)?.inc(batch.length);
  }

  /** Records aggregated observations of one group and status code, without their durations. */
  recordCounts(source: Source, group: number, statuscode: number, count: number): void {
    this.responses.addCounts(group, statuscode, count);
    this.recorded.get(source)?.inc(count);
  }

  /**
   * Records the durations of many observations of one group.
   *
   * @param counts of each bucket of `bounds`, not cumulative, +Inf last
   * @param sum of the durations, in seconds
   */
  recordDurations(group: number, counts: ArrayLike<number>, sum: number): void {
    this.responses.addDurations(group, counts, sum);
  }

  /**
   * Restores a series of an earlier run, without counting it for a source again. As in an observation, values that the lists
   * do not contain count under `other`, and labels that are off are ignored.
   *
   * @param numbers of response_code, or of response_time if the labels have no `statuscode`
   * @returns false if the settings no longer allow its environment or buckets
   */
  restore(labels: Readonly<Record<string, string | number>>, numbers: readonly number[]): boolean {
    const { env, statuscode } = labels;
    const environment = this.labels.environment(env);
    const isWhole =
      statuscode === undefined ? numbers.length === this.bounds.length + 2 : isStatusCode(Number(statuscode));
    if (environment < 0 || !isWhole) return false;
    const values = ['service', 'method', 'route'].map((name) => labels[name]?.toString());
    const group = this.labels.groupOf(environment, ...values);
    if (statuscode === undefined) this.recordDurations(group, numbers, numbers.at(-1) ?? 0);
    else this.responses.codeOf(group, Number(statuscode)).inc(numbers[0]);
    return true;
  }

  /** Records the candidate if it is an Observation; otherwise counts it as rejected and returns the fault. */
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
   * Records the candidates if all of them are Observations. Otherwise none is recorded: invalid ones are counted as rejected
   * by their faults, valid ones as `batch_refused`. A Batch contains only Observations.
   *
   * @returns the problems of the first ten invalid candidates; empty if all were recorded
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

  /** Counts observations that a source received and did not record. */
  refuse<S extends Source>(source: S, reason: Reason<S>, count = 1): void {
    this.rejected.get(source)?.get(reason)?.inc(count);
  }

  /** Counts lines or documents that are not about a request, and so are not observations. */
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
}
