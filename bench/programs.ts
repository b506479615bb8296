// The servers that are compared: how each is started, and how it takes what is sent to it.
import { join } from 'node:path';
import type { Push } from './load/requests.js';
import type { Options } from './options.js';
import { ROOT } from './paths.js';
import { scriptCommand } from './processes/script.js';
import { OURS } from './report/table.js';

export interface Program {
  name: string;
  command: readonly string[];
  push: Push;
  webSocket: {
    path: string;
    /** The `event` of a message with one observation. */
    single: string;
    /** The `event` of a message with an array of them. */
    batch: string;
  };
  /** Whether it starts with all series if PREFILL=1; the others are filled by pushing. */
  prefills?: true;
}

/** How the built service is started: as `npm run start:prod` does. */
const SERVICE_COMMAND = [process.execPath, '--max-semi-space-size=2', join(ROOT, 'dist/service.js')];

const MANY_FILES_COMMAND = [process.execPath, join(ROOT, 'dist/main.js')];

const NDJSON: Push = { path: '/observations', format: 'ndjson' };
const WEB_SOCKET = { path: '/ws/bench', single: 'observations', batch: 'observations' };

export const service: Program = {
  name: OURS,
  command: SERVICE_COMMAND,
  push: NDJSON,
  webSocket: WEB_SOCKET,
};

/** The same as `npm start` runs it. */
export const manyFiles: Program = { ...service, name: 'the same in many files', command: MANY_FILES_COMMAND };

/** What a plain tutorial would write with the same framework. */
export const naiveNest: Program = {
  name: 'naive Nest',
  command: scriptCommand('peers/naive-nest.ts'),
  push: { path: '/observations', format: 'json' },
  webSocket: WEB_SOCKET,
};

/** The least that Node.js needs for HTTP. */
export const bareHttp: Program = {
  name: 'bare node:http',
  command: scriptCommand('peers/bare-http.ts'),
  push: NDJSON,
  webSocket: WEB_SOCKET,
  prefills: true,
};

export const bareExpress: Program = {
  name: 'bare Express',
  command: scriptCommand('peers/bare-express.ts'),
  push: NDJSON,
  webSocket: WEB_SOCKET,
};

/** The least that Node.js needs for WebSockets. */
export const bareWs: Program = {
  name: 'bare ws',
  command: scriptCommand('peers/bare-ws.ts'),
  push: NDJSON,
  webSocket: WEB_SOCKET,
};

/** The servers that the options name. */
export function foreignPrograms({ peers }: Pick<Options, 'peers'>): Program[] {
  return peers.map(({ name, command, dialect }) => ({
    name,
    command: ['sh', '-c', `exec ${command}`],
    push: dialect ? { path: dialect.path, format: 'ndjson' } : NDJSON,
    webSocket: dialect ? { ...WEB_SOCKET, single: dialect.single, batch: dialect.batch } : WEB_SOCKET,
    prefills: true,
  }));
}
