import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BODY_LIMIT } from './bad-input/bodies.js';
import { framesOf, headers, messages, payloads, pushes, requests } from './bad-input/doors.js';
import { request, upgrade } from './bad-input/heads.js';
import { line, spoiledLine } from './bad-input/lines.js';
import type { Outcome } from './bad-input/observations.js';
import { Random } from './bad-input/random.js';
import { type Source, Watch } from './bad-input/watch.js';
import { fuzzRuns } from './fuzz.js';
import { NatsStub } from './nats-stub.js';
import { ServiceProcess } from './process.js';
import { freePort, until } from './service.js';

/** All that is generated follows from it. */
const SEED = process.env['FUZZ_SEED'] ?? randomBytes(4).toString('hex');

const ROUNDS = 10;
const PER_ROUND = fuzzRuns / ROUNDS;

/** Times the most memory that the process took in the first half of the rounds. */
const MOST_GROWTH = 1.3;

describe(`generated from FUZZ_SEED=${SEED}, bad input`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'bad-input-'));
  const [intact, spoiled] = [join(directory, 'intact.log'), join(directory, 'spoiled.log')];
  const resident: number[] = [];
  let port: number;
  let broker: NatsStub;
  let service: ServiceProcess;
  let watch: Watch;
  beforeAll(async () => {
    for (const log of [intact, spoiled]) writeFileSync(log, '');
    port = await freePort();
    broker = await NatsStub.listen();
    const subscribed = broker.hears('SUB');
    service = new ServiceProcess(
      {
        PORT: String(port),
        SIMULATOR: 'off',
        LOG_LEVEL: 'error',
        HEARTBEAT_SECONDS: '86400',
        BODY_LIMIT_BYTES: String(BODY_LIMIT),
        ACCESS_LOGS: `testing=${intact},production=${spoiled}`,
        NATS_URL: broker.url,
      },
      { nodeOptions: ['--max-semi-space-size=2'] },
    );
    await subscribed;
    watch = await Watch.of(service, `http://127.0.0.1:${port}`);
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  /** Does something, and says what of a source was recorded and rejected meanwhile. */
  async function counted<T>(source: Source, act: () => Promise<T>): Promise<[T, Outcome]> {
    const before = await watch.outcome(source);
    const result = await act();
    await watch.alone();
    const after = await watch.outcome(source);
    return [
      result,
      { recorded: after.recorded - before.recorded, rejected: after.rejected - before.rejected },
    ];
  }

  async function pushBodies(seed: string): Promise<void> {
    const [expected, outcome] = await counted('http', () => pushes(port, seed, 3 * PER_ROUND));
    expect(outcome).toEqual(expected);
  }

  async function sendMessages(seed: string): Promise<void> {
    const [expected, outcome] = await counted('websocket', () => messages(port, seed, 3 * PER_ROUND));
    expect(outcome).toEqual(expected);
  }

  async function sendFrames(seed: string): Promise<void> {
    const [expected, outcome] = await counted('websocket', () => framesOf(port, seed, PER_ROUND));
    expect(outcome).toEqual(expected);
  }

  /** What the service received of it, only the service can say: as many requests of POST /observations as it measured. */
  async function sendHeads(seed: string): Promise<void> {
    const received = async (): Promise<number> => {
      const { recorded, rejected } = await watch.outcome('http');
      return recorded + rejected - (await watch.pushes());
    };
    const before = await received();
    const statuses = await requests(port, seed, PER_ROUND, request);
    expect([...statuses].filter((status) => status.startsWith('5'))).toEqual([]);
    await until(received, (now) => now === before);
  }

  async function sendUpgrades(seed: string): Promise<void> {
    const statuses = await requests(port, seed, PER_ROUND / 2, upgrade);
    expect([...statuses].filter((status) => status.startsWith('5'))).toEqual([]);
    await watch.alone();
  }

  async function writeLines(seed: string): Promise<void> {
    const random = new Random(seed);
    const lines = (generate: (from: Random) => Buffer): Buffer =>
      Buffer.concat(Array.from({ length: PER_ROUND }, () => generate(random)));
    const bad = lines(spoiledLine);
    const count = PER_ROUND + bad.toString('latin1').split('\n').length - 1;
    const responses = await watch.responses('testing');
    const [, outcome] = await counted('access_log', async () => {
      const received = async (): Promise<number> => {
        const { recorded, rejected } = await watch.outcome('access_log');
        return recorded + rejected;
      };
      const before = await received();
      appendFileSync(intact, lines(line));
      appendFileSync(spoiled, bad);
      await until(received, (now) => now >= before + count);
    });
    expect(outcome.recorded + outcome.rejected).toBe(count);
    expect((await watch.responses('testing')) - responses).toBe(PER_ROUND);
  }

  async function deliverPayloads(seed: string): Promise<void> {
    const [expected, outcome] = await counted('broker', () => payloads(broker, seed, PER_ROUND));
    expect(outcome).toEqual(expected);
  }

  async function deliverHeaders(seed: string): Promise<void> {
    const [sent, { recorded, rejected }] = await counted('broker', () => headers(broker, seed, PER_ROUND));
    expect(recorded + rejected).toBe(sent);
  }

  it('is answered, recorded and rejected as the sender expects, over all doors and in each round', async () => {
    const doors = [pushBodies, sendHeads, sendMessages, sendFrames, sendUpgrades, writeLines];
    for (let round = 0; round < ROUNDS; round++) {
      for (const door of [...doors, deliverPayloads, deliverHeaders]) {
        await door(`${SEED} ${round} ${door.name}`);
      }
      resident.push(await watch.check());
    }
  });

  it('leaves the memory of the process as it was', () => {
    const [before, after] = [resident.slice(0, ROUNDS / 2), resident.slice(ROUNDS / 2)];
    expect(Math.max(...after) / Math.max(...before)).toBeLessThan(MOST_GROWTH);
  });
});
