import { STATUS_CODES } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type {
  Observations,
  ObservationsRejected,
  ResponseCode,
  ResponseTime,
} from '../metrics/collectors.js';
import { SETTINGS, type Settings } from '../settings.js';
import { check, type Observation, type Reason, REASONS, type Source, SOURCES } from './observation.js';
import { statusClass } from './status-class.js';

/** The door that every source's observations go through, so that all of them are counted and refused alike. */
@Injectable()
export class RecorderService {
  private readonly environments: ReadonlySet<unknown>;

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

  /**
   * Records the candidate if it is an Observation; otherwise counts it as rejected and returns why. Never throws,
   * whatever the candidate is.
   */
  offer(source: Source, candidate: unknown): Reason | undefined {
    const checked = check(candidate, this.environments);
    if (typeof checked === 'string') {
      this.rejected.inc({ source, reason: checked });
      return checked;
    }
    this.trackStatusCode(checked);
    this.trackRequestTime(checked);
    this.observations.inc({ source });
    return undefined;
  }

  private trackStatusCode({ env, statuscode }: Observation): void {
    this.responseCode.inc({ env, statuscode, type: statusClass(statuscode) });
  }

  private trackRequestTime({ env, seconds }: Observation): void {
    if (seconds !== undefined) this.responseTime.observe({ env }, seconds);
  }

  /**
   * Shows every series that is known beforehand at 0. One that appeared with its first event would be invisible to
   * `increase()`, which needs two samples.
   */
  private showZeros(environments: readonly string[]): void {
    for (const env of environments) {
      for (const code of Object.keys(STATUS_CODES)) {
        this.responseCode.inc({ env, statuscode: code, type: statusClass(Number(code)) }, 0);
      }
      this.responseTime.zero({ env });
    }
    for (const source of SOURCES) {
      this.observations.inc({ source }, 0);
      for (const reason of REASONS) this.rejected.inc({ source, reason }, 0);
    }
  }
}
