// What is measured in this process: the service without its HTTP server, or prom-client used as a tutorial would.
import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createApplication } from '../../src/application.js';
import { Exporter } from '../../src/exposition/exporter.js';
import { RecorderService } from '../../src/recording/recorder.service.js';
import { readSettings } from '../../src/settings.js';
import type { Observation } from '../observations.js';
import { tutorialMetrics } from '../peers/tutorial-metrics.js';

export interface Candidate {
  record: (observation: Observation) => void;
  /** The bytes of a page for a scraper. */
  render: () => Promise<Uint8Array>;
}

/** The whole service, not listening. The simulator would disturb what is measured. */
export async function application(variables: Record<string, string>): Promise<NestExpressApplication> {
  const settings = readSettings({ SIMULATOR: 'off', LOG_LEVEL: 'fatal', ...variables });
  const app = await createApplication(settings);
  return app.init();
}

export async function candidateNamed(
  name: string | undefined,
  environments: readonly string[],
): Promise<Candidate> {
  if (name === 'prom-client') {
    const register = new Registry();
    collectDefaultMetrics({ register });
    return { record: tutorialMetrics(register), render: async () => Buffer.from(await register.metrics()) };
  }
  const app = await application({ ENVIRONMENTS: environments.join(',') });
  const recorder = app.get(RecorderService, { strict: false });
  const exporter = app.get(Exporter, { strict: false });
  return {
    record: (observation) => {
      if (recorder.offer('http', observation) !== undefined) throw new Error('an observation was refused');
    },
    render: async () => (await exporter.render()).bytes,
  };
}

/** Prints the outcome, by quantity. */
export function finish(values: Record<string, number>): never {
  console.log(JSON.stringify(values));
  process.exit();
}
