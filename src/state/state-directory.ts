// A directory that one process keeps its state in. The state is one file, which is replaced as a whole and so never half
// written, also if the power fails.
import { constants, renameSync } from 'node:fs';
import { access, open, readdir, readFile, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../platform/message-of.js';

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
const firstVersion = z.looseObject({ version: z.literal(1) });

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
      throw new Error(`it is longer than ${LONGEST_SOCKET - 5} bytes`);
    const server = createServer((socket) => socket.destroy()).unref();
    for (let attempt = 0; this.lock === undefined; attempt++) {
      try {
        server.listen(path);
        await once(server, 'listening');
        this.lock = server;
      } catch (error) {
        if (isCode(error, 'EPERM') || isCode(error, 'ENOTSUP') || isCode(error, 'EOPNOTSUPP')) return false;
        if (!isCode(error, 'EADDRINUSE')) throw error;
        if (attempt > 1 || (await isAnswered(path)))
          throw new Error('another process uses it', { cause: error });
        await rm(path, { force: true });
      }
    }
    return true;
  }

  release(): void {
    this.lock?.close();
  }

  /** @throws {Error} if there is a state, but it cannot be read or is not what this service writes */
  async load(): Promise<SavedState | undefined> {
    for (const name of await readdir(this.directory)) {
      if (LEFT_BEHIND.test(name)) await rm(join(this.directory, name));
    }
    const text = await readOptional(this.path);
    if (text !== undefined) return saved.parse(JSON.parse(text));
    const earlier = await readOptional(join(this.directory, FIRST_VERSION));
    if (earlier === undefined) return undefined;
    return { version: 2, scraped: false, sources: { access_log: firstVersion.parse(JSON.parse(earlier)) } };
  }

  /**
   * Writes a state beside the one in force, down to the disk.
   *
   * @param slot tells it from others that are prepared
   * @throws NodeJS.ErrnoException if it cannot be written
   */
  async prepare(slot: number, text: string): Promise<void> {
    // It holds pieces of the logs, which not everyone may be allowed to read.
    const file = await open(`${this.path}.${slot}`, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Puts a state that was prepared in force: at once, so that a kill comes before or after it. */
  commit(slot: number): void {
    renameSync(`${this.path}.${slot}`, this.path);
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
    return undefined;
  });
}

/** Whether a process listens at a socket. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT')) return false;
    throw new Error(messageOf(error), { cause: error });
  } finally {
    socket.destroy();
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
