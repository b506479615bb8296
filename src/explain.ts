// `node dist/service.js --explain FILE|-`: prints how the service reads the lines of a log, in the format that the settings declare.
import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { explainLines } from './formats/lines/explain.js';
import { parseFormat } from './formats/lines/parse-format.js';
import { messageOf } from './platform/message-of.js';
import { SettingsError } from './settings/token.js';
import { formatOf } from './formats/lines/lines.settings.js';
import { STANDARD_INPUT } from './sources/files/files.settings.js';
import { fits } from './sources/files/glob.js';
import { givenToProcess, readSettings } from './settings.js';

/** At most so many bytes of a log are read. */
const MOST_BYTES = 67_108_864;

/** Returns the exit code: 1 if no line is understood. */
export async function explain(path: string | undefined): Promise<number> {
  try {
    if (path === undefined)
      throw new SettingsError('Usage: --explain FILE, or --explain - for standard input');
    const { variables, file } = await givenToProcess();
    const settings = readSettings(variables, file);
    const entry = settings.ACCESS_LOGS.find((one) => fits(path, one.path));
    const { text, understood } = explainLines(await read(path), parseFormat(formatOf(entry?.env, settings)));
    process.stdout.write(text);
    return understood ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

async function read(path: string): Promise<Buffer> {
  const input = path === STANDARD_INPUT ? process.stdin : createReadStream(path, { end: MOST_BYTES - 1 });
  return buffer(input);
}
