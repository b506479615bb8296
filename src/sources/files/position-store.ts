import { constants } from 'node:fs';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Position } from './log-file.js';

const FILE = 'access-log-positions.json';

const position = z.strictObject({
  device: z.string(),
  inode: z.string(),
  born: z.string().regex(/^\d+$/),
  truncated: z.boolean(),
  offset: z.int().min(0),
  before: z.base64(),
}) satisfies z.ZodType<Position>;

const positions = z.strictObject({
  version: z.literal(1),
  paths: z.record(z.string(), z.array(position)),
});

/** By the path that is followed: where reading stands in its files. */
export type Positions = Record<string, Position[]>;

/** Keeps positions in a file of a directory, which is replaced as a whole and so never half written. */
export class PositionStore {
  private readonly path: string;
  private saved = '';

  constructor(private readonly directory: string) {
    this.path = join(directory, FILE);
  }

  /** @throws NodeJS.ErrnoException if the directory is not there or cannot be written to */
  async check(): Promise<void> {
    await access(this.directory, constants.W_OK | constants.X_OK);
  }

  /** @throws Error if there is a file, but it cannot be read or holds something else */
  async load(): Promise<Positions> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    return text === undefined ? {} : positions.parse(JSON.parse(text)).paths;
  }

  /**
   * Writes what has changed. Not to be called again before it is done.
   *
   * @throws NodeJS.ErrnoException if it cannot be written; what was saved before is still there
   */
  async save(paths: Positions): Promise<void> {
    const text = JSON.stringify({ version: 1, paths } satisfies z.input<typeof positions>);
    if (text === this.saved) return;
    // It holds pieces of the logs, which not everyone may be allowed to read.
    await writeFile(`${this.path}.new`, text, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
    this.saved = text;
  }
}
