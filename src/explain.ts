// `node dist/service.js --explain FILE|-`: prints how the service reads the lines of a log, in the format that the settings declare.
import { createReadStream } from 'node:fs';
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
    // A pipe takes 64 KiB at once, and exiting drops the rest.
    await new Promise((written) => process.stdout.write(text, written));
    return understood ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

async function read(path: string): Promise<Buffer> {
  const input: AsyncIterable<Buffer> = path === STANDARD_INPUT ? process.stdin : createReadStream(path);
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= MOST_BYTES) break;
  }
  return Buffer.concat(pieces, Math.min(bytes, MOST_BYTES));
}
