// The tutorial's metrics of responses, as prom-client's documentation would have them.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Observation } from '../observations.js';

export const RESPONSE_CODE = {
  name: 'response_code',
  help: 'Response Codes',
  labelNames: ['env', 'statuscode', 'type'],
};

export const RESPONSE_TIME = { name: 'response_time', help: 'Response Times', labelNames: ['env'] };

/** Makes the metrics and returns what records an observation in them. */
export function tutorialMetrics(register: Registry): (observation: Observation) => void {
  const responseCode = new Counter({ ...RESPONSE_CODE, registers: [register] });
  const responseTime = new Histogram({ ...RESPONSE_TIME, registers: [register] });
  return ({ env, statuscode, seconds }) => {
    responseCode.inc({ env, statuscode, type: `${Math.floor(statuscode / 100)}00` });
    responseTime.observe({ env }, seconds);
  };
}
