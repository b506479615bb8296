// Measures how fast the service reads a log that appears at the path it follows.
import { linkSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { AccessLogService } from '../../src/sources/files/access-log.service.js';
import { Exporter } from '../../src/exposition/exporter.js';
import type { AccessLogJob } from './access-log-job.js';
import { startApplication } from './service.js';

const { path, lines }: AccessLogJob = JSON.parse(process.argv[2] ?? '');
const followed = join(mkdtempSync('followed-'), 'access.log');
const app = await startApplication({ ACCESS_LOGS: `production=${followed}`, ACCESS_LOG_START: 'beginning' });
const source = app.get(AccessLogService, { strict: false });
const exporter = app.get(Exporter, { strict: false });

await source.poll();
const start = performance.now();
linkSync(path, followed);
// A look that began before the file was there sees nothing of it.
for (let look = 0; look < 3 && (await recorded()) < lines; look++) await source.poll();
const seconds = (performance.now() - start) / 1000;

if ((await recorded()) !== lines) throw new Error(`of ${lines} lines, ${await recorded()} were recorded`);
process.stdout.write(`${JSON.stringify({ seconds })}\n`);
await app.close();

async function recorded(): Promise<number> {
  const { bytes } = await exporter.render();
  return Number(
    /^service_collector_observations_total\{source="access_log"\} (\d+)$/m.exec(bytes.toString())?.[1],
  );
}
