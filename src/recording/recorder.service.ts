import { STATUS_CODES } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type {
  Observations,
  ObservationsRejected,
  ResponseCode,
  ResponseTime,
} from '../metrics/collectors.js';
import type { CounterSeries } from '../metrics/series-counter.js';
import type { HistogramSeries } from '../metrics/series-histogram.js';
import { SETTINGS, type Settings } from '../settings.js';
import {
  check,
  explain,
  type Fault,
  type Observation,
  type Problem,
  type Reason,
  REASONS,
  type Source,
  SOURCES,
} from './observation.js';
import { statusClass } from './status-class.js';

/** A source whose observations come in batches, of which all are recorded or none. */
type BatchSource = { [S in Source]: 'batch_refused' extends Reason<S> ? S : never }[Source];

/** What is wrong with a candidate of a batch, by its place among them. */
export interface BatchProblem extends Problem {
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
  private readonly environments: ReadonlySet<unknown>;
  // The series that observations move, held so that they need not be looked up by their labels.
  private readonly codes = new Map<string, (CounterSeries | undefined)[]>();
  private readonly times = new Map<string, HistogramSeries>();
  private readonly recorded = new Map<Source, CounterSeries>();

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @InjectMetric('response_code') private readonly responseCode: ResponseCode,
    @InjectMetric('response_time') private readonly responseTime: ResponseTime,
    @InjectMetric('service_collector_observations_total') private readonly observations: Observations,
    @InjectMetric('service_collector_observations_rejected_total')
    private readonly rejected: ObservationsRejected,
  ) {
    this.environments = new Set(settings.ENVIRONMENTS);
    this.showZeros(settings.ENVIRONMENTS);
  }

  /** Records the candidate if it is an Observation; otherwise counts it as rejected and returns why. */
  offer(source: Source, candidate: unknown): Fault | undefined {
    const checked = check(candidate, this.environments);
    if (typeof checked === 'string') {
      this.rejected.inc({ source, reason: checked });
      return checked;
    }
    this.record(source, checked);
    return undefined;
  }

  /**
   * Records the candidates if all of them are Observations. Otherwise none is recorded: those at fault are counted as
   * rejected by what is wrong with them, the others as `batch_refused`.
   *
   * @returns what is wrong with the first ten that are at fault; empty if all were recorded
   */
  offerAll(source: BatchSource, candidates: readonly unknown[]): BatchProblem[] {
    const problems: BatchProblem[] = [];
    const observations: Observation[] = [];
    for (const [index, candidate] of candidates.entries()) {
      const checked = check(candidate, this.environments);
      if (typeof checked !== 'string') {
        observations.push(checked);
        continue;
      }
      this.rejected.inc({ source, reason: checked });
      if (problems.length < MOST_EXPLAINED) {
        problems.push({ index, ...explain(candidate, checked, this.environments) });
      }
    }
    if (problems.length === 0) for (const observation of observations) this.record(source, observation);
    else this.refuse(source, 'batch_refused', observations.length);
    return problems;
  }

  /** Counts what a source received and could make no candidate of. */
  refuse<S extends Source>(source: S, reason: Reason<S>, count = 1): void {
    this.rejected.inc({ source, reason }, count);
  }

  private record(source: Source, { env, statuscode, seconds }: Observation): void {
    this.codeSeries(env, statuscode).inc();
    if (seconds !== undefined) this.times.get(env)?.observe(seconds);
    this.recorded.get(source)?.inc();
  }

  private codeSeries(env: string, statuscode: number): CounterSeries {
    const known = this.codes.get(env)?.[statuscode];
    if (known) return known;
    const series = this.responseCode.series({ env, statuscode, type: statusClass(statuscode) });
    const codes = this.codes.get(env) ?? [];
    codes[statuscode] = series;
    this.codes.set(env, codes);
    return series;
  }

  /**
   * Shows every series that is known beforehand at 0. One that appeared with its first event would be invisible to
   * `increase()`, which needs two samples.
   */
  private showZeros(environments: readonly string[]): void {
    for (const env of environments) {
      for (const code of Object.keys(STATUS_CODES)) this.codeSeries(env, Number(code));
      this.times.set(env, this.responseTime.series({ env }));
    }
    for (const source of SOURCES) {
      this.recorded.set(source, this.observations.series({ source }));
      for (const reason of REASONS[source]) this.rejected.inc({ source, reason }, 0);
    }
  }
}
