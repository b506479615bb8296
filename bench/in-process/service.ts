import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApplication } from '../../src/application.js';
import { readSettings } from '../../src/settings.js';

/** The whole service in this process, not listening; the simulator would disturb what is measured. */
export async function startApplication(
  variables: Record<string, string> = {},
): Promise<NestExpressApplication> {
  const settings = readSettings({ SIMULATOR: 'off', LOG_LEVEL: 'fatal', ...variables });
  const app = await createApplication(settings);
  await app.init();
  return app;
}
