// Runs the built service with the heap that docker-compose.yml allows it, and compares what it takes with the rest.
import { readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import type WebSocket from 'ws';
import { parse } from 'yaml';
import { readSettings } from '../../src/settings.js';
import { accountOf } from '../accounting.js';
import { ROOT, ServiceProcess } from '../process.js';
import { connect, push, sample, until } from '../service.js';

interface Compose {
  services: Record<string, { mem_limit: string; environment: Record<string, string> }>;
}

const { services }: Compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });
const { mem_limit: limit = '', environment } = services['service-collector'] ?? {};
const nodeOptions = ['--max-semi-space-size=2', environment?.['NODE_OPTIONS'] ?? ''];
const { MAX_CLIENTS, MAX_OBSERVATIONS, BODY_LIMIT_BYTES } = readSettings({});
const MIB = 1_048_576;

/** An array of as many as fit into a body, or of so many. */
const filledWith = (candidate: string, most = Infinity): string =>
  `[${Array(Math.min(most, Math.floor((BODY_LIMIT_BYTES - 1) / (candidate.length + 1))))
    .fill(candidate)
    .join()}]`;
const VALID = filledWith('{"env":"testing","statuscode":200,"seconds":0.1}');
/** Valid observations, invalid ones that are all looked at, and as many objects as fit; with the answers. */
const BODIES: readonly [body: string, status: number][] = [
  [VALID, 200],
  [filledWith('{"a":1,"b":2,"c":3}', MAX_OBSERVATIONS), 422],
  [filledWith('{}'), 413],
];

/** Bodies whose end does not come. */
const UNFINISHED = 150;

describe('the memory that docker-compose.yml gives the service', () => {
  let service: ServiceProcess;
  const clients: WebSocket[] = [];
  const sockets: Socket[] = [];
  beforeAll(() => {
    service = new ServiceProcess({ SIMULATOR: 'off' }, { nodeOptions });
  });
  afterAll(async () => {
    for (const client of clients) client.terminate();
    for (const socket of sockets) socket.destroy();
    await service[Symbol.asyncDispose]();
  });

  it('is enough for as many clients as are allowed, 150 bodies that never end, and a flood of large ones', async () => {
    const address = await service.listening();
    while (clients.length < MAX_CLIENTS) {
      const some = Array.from({ length: 100 }, () => connect(address, '/ws/a'));
      clients.push(...(await Promise.all(some)));
    }
    expect(await sample(address, 'connected_clients')).toBe(MAX_CLIENTS);

    const head = `POST /observations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${VALID.length}\r\n\r\n`;
    for (let i = 0; i < UNFINISHED; i++) {
      const socket = connectSocket(address.port, '127.0.0.1');
      sockets.push(socket);
      socket.write(head + VALID.slice(0, -1));
    }
    await until(
      () => sample(address, 'nodejs_external_memory_bytes'),
      (bytes = 0) => bytes > UNFINISHED * VALID.length,
    );

    const pushed = async (body: string, status: number): Promise<void> => {
      const response = await push(address, body);
      await response.text();
      expect(response.status).toBe(status);
    };
    for (let round = 0; round < 2; round++) {
      const together = Array.from({ length: 8 }, () => BODIES).flat();
      await Promise.all(together.map(([body, status]) => pushed(body, status)));
    }

    const { recorded } = await accountOf(address, 'http');
    expect(recorded).toBe(16 * JSON.parse(VALID).length);
    expect(peakBytes(service)).toBeLessThan(bytesOf(limit));
  });

  it('is more than V8 may take, so that a heap that is full ends with a reason in the log, and is not killed', () => {
    const [, megabytes] = /^--max-old-space-size=(\d+)$/.exec(environment?.['NODE_OPTIONS'] ?? '') ?? [];
    expect(Number(megabytes) * MIB).toBeLessThanOrEqual(bytesOf(limit) / 2);
  });
});

function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+)([mg])$/.exec(text) ?? [];
  return Number(number) * (unit === 'g' ? 1024 : 1) * MIB;
}

/** The most that was ever resident: proc(5), VmHWM. */
function peakBytes({ pid }: ServiceProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
