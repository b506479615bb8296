// `node dist/service.js --check`: prints all problems of the settings, or the settings in force as YAML, with their
// consequences in comments.
import { stringify } from 'yaml';
import { messageOf } from './platform/message-of.js';
import { greatestSeries } from './recording/recording.settings.js';
import { SettingsError } from './settings/token.js';
import {
  given,
  type Given,
  givenToProcess,
  isSecret,
  perEnvironment,
  readSettings,
  type Settings,
} from './settings.js';

/** Each returns lines to print below the settings. A source can add a check here. An error that a check throws is a problem. */
const CHECKS: readonly ((settings: Settings) => Promise<readonly string[]>)[] = [
  async (settings) => [`At most ${greatestSeries(settings).arithmetic}`],
  async (settings) => {
    if (settings.ELASTICSEARCH_URL.length === 0) return [];
    const { checkElasticsearch } = await import('./sources/elasticsearch/check.js');
    return checkElasticsearch(settings);
  },
];

/** Returns the exit code. */
export async function check(): Promise<number> {
  try {
    const sources = await givenToProcess();
    const settings = readSettings(sources.variables, sources.file);
    process.stdout.write(inForce(settings, sources));
    const results = await Promise.allSettled(CHECKS.map(async (lines) => lines(settings)));
    for (const result of results) {
      if (result.status === 'rejected') process.stderr.write(`${messageOf(result.reason)}\n`);
      else for (const line of result.value) process.stdout.write(`# ${line}\n`);
    }
    // Wait until all is written: a pipe takes 64 KiB at once, and exiting would drop the rest.
    await new Promise((written) => process.stdout.write('', written));
    return results.some(({ status }) => status === 'rejected') ? 1 : 0;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function inForce(settings: Settings, { variables, file }: Given): string {
  const names = [...Object.keys(settings), ...Object.keys(variables).filter(perEnvironment)];
  const masked = (values: Readonly<Record<string, unknown>>, except: object = {}): Record<string, unknown> =>
    Object.fromEntries(
      names
        .filter((name) => Object.hasOwn(values, name) && !Object.hasOwn(except, name))
        .map((name) => [name, isSecret(name) ? '…' : values[name]]),
    );
  const outside = given(variables);
  const inside = given(file?.values ?? {});
  const defaults = Object.entries(settings).map(([name, value]) => [name, textOf(value)]);
  return [
    section('From the environment and .env', masked(outside)),
    section(`From ${file?.path}`, masked(inside, outside)),
    section('Defaults', masked(given(Object.fromEntries(defaults)), { ...inside, ...outside })),
  ].join('');
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || Array.isArray(value) ? String(value) : '';
}

function section(heading: string, values: object): string {
  if (Object.keys(values).length === 0) return '';
  return `# ${heading}\n${stringify(values, { schema: 'failsafe', lineWidth: 0, aliasDuplicateObjects: false })}\n`;
}
