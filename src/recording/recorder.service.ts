import { STATUS_CODES } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type {
  Observations,
  ObservationsRejected,
  ResponseCode,
  ResponseTime,
  SourceConfigured,
} from '../metrics/collectors.js';
import type { CounterSeries } from '../metrics/series-counter.js';
import type { HistogramSeries } from '../metrics/series-histogram.js';
import { SETTINGS } from '../settings/token.js';
import type { RecordingSettings } from './recording.settings.js';
import {
  check,
  type Environments,
  explain,
  type Fault,
  type Observation,
  type ObservationProblem,
  type Reason,
  REASONS,
  type Source,
  SOURCES,
} from './observation.js';
import { ObservationColumns } from './observation-columns.js';

/** A source whose observations come in batches, of which all are recorded or none. */
type BatchSource = { [S in Source]: 'batch_refused' extends Reason<S> ? S : never }[Source];

/** The series that the observations of an environment move, held so that they need not be looked up by their labels. */
interface EnvironmentSeries {
  env: string;
  /** By status code. */
  codes: (CounterSeries | undefined)[];
  time: HistogramSeries;
}

/** What is wrong with a candidate of a batch, by its place among them. */
export interface BatchProblem extends ObservationProblem {
  index: number;
}

/** Problems of a batch that are put into words; the others are only counted. */
const MOST_EXPLAINED = 10;

/**
 * The door that every source's observations go through, so that all of them are counted and refused alike: for each
 * source, received = recorded + rejected.
 */
@Injectable()
export class RecorderService {
  private readonly environments: Environments<EnvironmentSeries>;
  /** The same, in the order of ENVIRONMENTS. */
  private readonly series: readonly EnvironmentSeries[];
  private readonly recorded: Readonly<Record<Source, CounterSeries>>;
  private readonly rejected: ReadonlyMap<Source, ReadonlyMap<string, CounterSeries>>;

  constructor(
    @Inject(SETTINGS) { ENVIRONMENTS }: RecordingSettings,
    @InjectMetric('response_code') private readonly responseCode: ResponseCode,
    @InjectMetric('response_time') responseTime: ResponseTime,
    @InjectMetric('service_collector_observations_total') observations: Observations,
    @InjectMetric('service_collector_observations_rejected_total') rejected: ObservationsRejected,
    @InjectMetric('service_collector_source_configured') private readonly configured: SourceConfigured,
  ) {
    // To hold them shows them, at 0. A series that appeared with its first event would be invisible to `increase()`,
    // which needs two samples.
    this.series = ENVIRONMENTS.map((env) => {
      return { env, codes: this.knownCodes(env), time: responseTime.series({ env }) };
    });
    this.environments = new Map(this.series.map((series) => [series.env, series]));
    this.recorded = {
      simulator: observations.series({ source: 'simulator' }),
      http: observations.series({ source: 'http' }),
      websocket: observations.series({ source: 'websocket' }),
      access_log: observations.series({ source: 'access_log' }),
      broker: observations.series({ source: 'broker' }),
    };
    this.rejected = new Map(
      SOURCES.map((source) => [
        source,
        new Map(REASONS[source].map((reason) => [reason, rejected.series({ source, reason })])),
      ]),
    );
  }

  /** Shows a source as configured. For those that deliver by themselves: to the others, anyone may push at any time or never. */
  configure(source: Source): void {
    this.configured.set({ source }, 1);
  }

  /** Records the candidate if it is an Observation; otherwise counts it as rejected and returns why. */
  offer(source: Source, candidate: unknown): Fault | undefined {
    const series = check(candidate, this.environments);
    if (typeof series === 'string') {
      this.count(source, series);
      return series;
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just checked, field by field
    const { statuscode, seconds } = candidate as Observation;
    this.record(series, statuscode, seconds);
    this.recorded[source].inc();
    return undefined;
  }

  /**
   * Records the candidates if all of them are Observations. Otherwise none is recorded: those at fault are counted as
   * rejected by what is wrong with them, the others as `batch_refused`. Those in columns are Observations already.
   *
   * @returns what is wrong with the first ten that are at fault; empty if all were recorded
   */
  offerAll(source: BatchSource, candidates: readonly unknown[] | ObservationColumns): BatchProblem[] {
    if (candidates instanceof ObservationColumns) {
      this.recordColumns(candidates);
      this.recorded[source].inc(candidates.length);
      return [];
    }
    const faultless = candidates.every(
      (candidate): candidate is Observation => typeof check(candidate, this.environments) !== 'string',
    );
    if (!faultless) return this.refuseAll(source, candidates);
    for (const { env, statuscode, seconds } of candidates) {
      const series = this.environments.get(env);
      if (series) this.record(series, statuscode, seconds);
    }
    this.recorded[source].inc(candidates.length);
    return [];
  }

  /** Counts what a source received and could make no candidate of. */
  refuse<S extends Source>(source: S, reason: Reason<S>, count = 1): void {
    this.count(source, reason, count);
  }

  private refuseAll(source: BatchSource, candidates: readonly unknown[]): BatchProblem[] {
    const problems: BatchProblem[] = [];
    for (const [index, candidate] of candidates.entries()) {
      const checked = check(candidate, this.environments);
      this.count(source, typeof checked === 'string' ? checked : 'batch_refused');
      if (typeof checked === 'string' && problems.length < MOST_EXPLAINED) {
        problems.push({ index, ...explain(candidate, checked, this.environments) });
      }
    }
    return problems;
  }

  private count(source: Source, reason: Reason, count = 1): void {
    this.rejected.get(source)?.get(reason)?.inc(count);
  }

  /** @param seconds NaN where the duration is not known */
  private record({ env, codes, time }: EnvironmentSeries, statuscode: number, seconds = NaN): void {
    const code = codes[statuscode] ?? this.firstOf(env, statuscode, codes);
    code.inc();
    if (seconds >= 0) time.observe(seconds);
  }

  private recordColumns({ length, envs, statuscodes, seconds }: ObservationColumns): void {
    for (let row = 0; row < length; row++) {
      const series = this.series[envs[row] ?? -1];
      if (!series) continue; // there is one for each place in ENVIRONMENTS
      this.record(series, statuscodes[row] ?? NaN, seconds[row] ?? NaN);
    }
  }

  private knownCodes(env: string): (CounterSeries | undefined)[] {
    const codes = Array.from<CounterSeries | undefined>({ length: 600 }).fill(undefined);
    for (const code of Object.keys(STATUS_CODES)) this.firstOf(env, Number(code), codes);
    return codes;
  }

  private firstOf(env: string, statuscode: number, codes: (CounterSeries | undefined)[]): CounterSeries {
    const series = this.responseCode.series({ env, statuscode, type: statusClass(statuscode) });
    codes[statuscode] = series;
    return series;
  }
}

/** The class of a status code: 503 → "500". */
function statusClass(statuscode: number): string {
  return `${Math.floor(statuscode / 100)}00`;
}
