// The servers that are compared: how each is started, and how it takes what is sent to it.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ROOT, script } from './child.js';
import { OURS } from './compare.js';
import { LISTS, type Observation } from './observations.js';
import type { Options } from './options.js';

export interface Program {
  name: string;
  command: readonly string[];
  /** Where it takes observations, and in which form. */
  push: { path: string; format: 'json' | 'ndjson' };
  /** The events of WebSocket messages with one observation and with an array of them. */
  events: { single: string; many: string };
  /** Whether it starts with all series if PREFILL=1; the others are filled by pushing. */
  prefills?: true;
  /** Settings beside its address. With SERVICES and the other lists, their values are in what is sent. */
  settings?: Readonly<Record<string, string>>;
  /** Sent with each request. */
  headers?: Readonly<Record<string, string>>;
}

const TAKES: Pick<Program, 'push' | 'events'> = {
  push: { path: '/observations', format: 'ndjson' },
  events: { single: 'observations', many: 'observations' },
};

/** As `npm run start:prod` starts it. */
export const service: Program = {
  ...TAKES,
  name: OURS,
  command: [process.execPath, '--max-semi-space-size=2', join(ROOT, 'dist/service.js')],
};

export const withLists: Program = { ...service, name: `${OURS}, three lists`, settings: LISTS };

const TOKEN = randomUUID();

/** With what costs time in each request: TLS, tokens, a rate limit that nobody reaches, and all labels. */
export const withEverything: Program = {
  ...service,
  name: `${OURS}, all settings`,
  settings: {
    ...LISTS,
    INGEST_TOKEN: TOKEN,
    METRICS_TOKEN: TOKEN,
    RATE_LIMIT: '1000000',
    TLS_CERT_FILE: join(ROOT, 'test/tls/cert.pem'),
    TLS_KEY_FILE: join(ROOT, 'test/tls/key.pem'),
  },
  headers: { Authorization: `Bearer ${TOKEN}` },
};

/** As a build by TypeScript alone starts. */
export const manyFiles: Program = {
  ...TAKES,
  name: 'the same in many files',
  command: [process.execPath, join(ROOT, 'dist/main.js')],
};

/** What a tutorial would write with the same framework. */
export const naiveNest: Program = {
  ...TAKES,
  name: 'naive Nest',
  command: script('peers/naive-nest'),
  push: { path: '/observations', format: 'json' },
};

/** The least that Node.js needs for the same. */
export const bareHttp: Program = {
  ...TAKES,
  name: 'bare node:http',
  command: script('peers/bare-http'),
  prefills: true,
};
export const bareExpress: Program = { ...TAKES, name: 'bare Express', command: script('peers/bare-express') };
export const bareWs: Program = { ...TAKES, name: 'bare ws', command: script('peers/bare-ws') };

/** The servers that the options name. */
export function peers(options: Options): Program[] {
  return options.peers.map(({ name, command }) => {
    const { push, events } = TAKES;
    const [path = push.path, single = events.single, many = events.many] = options.dialects.get(name) ?? [];
    return {
      name,
      command: ['sh', '-c', `exec ${command}`],
      push: { ...push, path },
      events: { single, many },
      prefills: true,
    };
  });
}

export function bodyOf(
  format: 'json' | 'ndjson',
  batch: readonly Observation[],
): { body: string; contentType: string } {
  return format === 'json'
    ? { body: JSON.stringify(batch), contentType: 'application/json' }
    : { body: batch.map((one) => JSON.stringify(one)).join('\n'), contentType: 'application/x-ndjson' };
}
