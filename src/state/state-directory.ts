// A directory that one process keeps its state in. The state is one file, which is replaced as a whole and so never half
// written, also if the power fails.
import { constants, renameSync } from 'node:fs';
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

const saved = z.strictObject({
  version: z.literal(2),
  /** Whether a scraper that announces itself fetched the page that the state belongs to. */
  scraped: z.boolean(),
  sources: z.record(z.string(), z.unknown()),
});

export type SavedState = z.infer<typeof saved>;

const FILE = 'state.json';

/** Bytes of the longest path of a socket, on all systems. */
const LONGEST_SOCKET = 103;

/** What a killed process had prepared. */
const LEFT_BEHIND = /^state\.json\.\d+$/;

/** What earlier versions wrote: the positions in access logs alone. */
const FIRST_VERSION = 'access-log-positions.json';

/** Codes of errors where a file system has no sockets. */
const NO_SOCKETS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP']);

export class StateDirectory {
  private readonly path: string;
  private lock: Server | undefined;

  constructor(private readonly directory: string) {
    this.path = join(directory, FILE);
  }

  /**
   * Keeps other processes out, by a socket in the directory. A process that is killed leaves the socket behind, but nobody
   * answers there, so that its successor takes over at once.
   *
   * @returns whether the file system has sockets
   * @throws {Error} if the directory cannot be written to, or another process uses it
   */
  async acquire(): Promise<boolean> {
    await access(this.directory, constants.W_OK | constants.X_OK);
    const path = join(this.directory, 'lock');
    // Node would cut it off, and make the socket elsewhere.
    if (Buffer.byteLength(path) > LONGEST_SOCKET)
      throw new Error(`its path is longer than ${LONGEST_SOCKET - 5} bytes`);
    await removeLeftBehind(path);
    this.lock = createServer((socket) => socket.destroy()).unref();
    return once(this.lock.listen(path), 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (!NO_SOCKETS.has(error.code)) throw error;
        return false;
      },
    );
  }

  release(): void {
    this.lock?.close();
  }

  /** @throws {Error} if there is a state, but it cannot be read or is not what this service writes */
  async load(): Promise<SavedState | undefined> {
    const names = await readdir(this.directory);
    for (const name of names.filter((file) => LEFT_BEHIND.test(file))) await rm(join(this.directory, name));
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(this.directory, name), 'utf8'));
    if (names.includes(FILE)) return saved.parse(await read(FILE));
    if (!names.includes(FIRST_VERSION)) return undefined;
    return { version: 2, scraped: false, sources: { access_log: await read(FIRST_VERSION) } };
  }

  /**
   * Writes a state beside the one in force, down to the disk.
   *
   * @param slot tells it from others that are prepared
   * @throws NodeJS.ErrnoException if it cannot be written
   */
  async prepare(slot: number, text: string): Promise<void> {
    // It holds pieces of the logs, which not everyone may be allowed to read.
    await writeFile(`${this.path}.${slot}`, text, { mode: 0o600, flush: true });
  }

  /** Puts a state that was prepared in force: at once, so that a kill comes before or after it. */
  commit(slot: number): void {
    renameSync(`${this.path}.${slot}`, this.path);
  }
}

/** @throws {Error} if a process listens at the socket; without one, the socket goes */
async function removeLeftBehind(path: string): Promise<void> {
  const socket = createConnection(path);
  const failure: NodeJS.ErrnoException = await once(socket, 'connect').then(
    () => new Error('another process uses it'),
    (error: NodeJS.ErrnoException) => error,
  );
  socket.destroy();
  if (failure.code === 'ECONNREFUSED') await rm(path, { force: true });
  else if (failure.code !== 'ENOENT') throw failure;
}
