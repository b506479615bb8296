// The directory in which one process keeps its state. The state is one file that is replaced atomically, so it is never half
// written, even after a power cut.
import { constants, renameSync } from 'node:fs';
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

const saved = z.strictObject({
  version: z.literal(2),
  /** Whether a scraper that announces itself fetched the page to which the state belongs. */
  scraped: z.boolean(),
  sources: z.record(z.string(), z.unknown()),
});

export type SavedState = z.infer<typeof saved>;

const FILE = 'state.json';

/** Longest path of a socket, in bytes, that all systems allow. */
const LONGEST_SOCKET = 103;

/** Files that a killed process had prepared. */
const LEFT_BEHIND = /^state\.json\.\d+$/;

/** The file of earlier versions, with log positions only. */
const FIRST_VERSION = 'access-log-positions.json';

/** Error codes of file systems without sockets. */
const NO_SOCKETS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP']);

export class StateDirectory {
  private readonly path: string;
  private lock: Server | undefined;

  constructor(private readonly directory: string) {
    this.path = join(directory, FILE);
  }

  /**
   * Locks the directory by a socket in it. A killed process leaves its socket behind, but nobody answers there, so the
   * next process can take over at once.
   *
   * @returns whether the file system has sockets
   * @throws {Error} if the directory cannot be written to, or another process uses it
   */
  async acquire(): Promise<boolean> {
    await access(this.directory, constants.W_OK | constants.X_OK);
    const path = join(this.directory, 'lock');
    // Node would truncate the path and create the socket elsewhere.
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

  /** @throws {Error} if there is a state that cannot be read or is not valid */
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
   * Writes a state to the disk, without replacing the current one yet.
   *
   * @param slot distinguishes prepared states
   * @throws NodeJS.ErrnoException if it cannot be written
   */
  async prepare(slot: number, text: string): Promise<void> {
    // Not readable by others, because it contains parts of the logs.
    await writeFile(`${this.path}.${slot}`, text, { mode: 0o600, flush: true });
  }

  /** Replaces the current state by a prepared one, synchronously and atomically. */
  commit(slot: number): void {
    renameSync(`${this.path}.${slot}`, this.path);
  }
}

/** Removes the socket of a killed process. @throws {Error} if a process listens on it */
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
