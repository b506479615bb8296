// Anybody may send anything to a source. `door(…)` adds one: what is sent, how, and what the sender knows of the outcome.
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import { delivery } from './bad-input/deliveries.js';
import { frames, message } from './bad-input/frames.js';
import { spoiledLine, syslogStream } from './bad-input/lines.js';
import { LIMIT, type Outcome, outcomeOfPayload, payload, push } from './bad-input/payloads.js';
import { request } from './bad-input/requests.js';
import { type Counts, type Source, WatchedService } from './bad-input/watched-service.js';
import { fuzzRuns, fuzzSeed } from './fuzz.js';
import { message as brokerMessage, NatsStub } from './nats-stub.js';
import { answersTo, LAST } from './raw-http.js';
import { RawWebSocket } from './raw-websocket.js';
import { freePort, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

/** Inputs that are sent at once, on average. */
const BATCH = 50;

/** Requests on the way at once on a connection. */
const PIPELINED = 16;

/** Bytes by which memory may grow while large inputs are sent again and again; the largest of all are refused unread. */
const MOST_GROWTH = 1_000_000;

describe(`bad input (FUZZ_SEED=${fuzzSeed}) is answered, counted once and forgotten:`, () => {
  const folder = new TemporaryFolder();
  const log = folder.file('access.log');
  let broker: NatsStub;
  let syslog: number;
  let service: WatchedService;
  beforeAll(async () => {
    writeFileSync(log, '');
    broker = await NatsStub.listen();
    syslog = await freePort();
    const subscribed = broker.hears('SUB');
    service = await WatchedService.start({
      BODY_LIMIT_BYTES: String(LIMIT),
      ACCESS_LOGS: `testing=${log}`,
      SYSLOG: `testing=tcp://127.0.0.1:${syslog}`,
      NATS_URL: broker.url,
    });
    await subscribed;
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  function door<T>(
    title: string,
    source: Source,
    input: fc.Arbitrary<T>,
    send: (inputs: readonly T[]) => Promise<Partial<Counts>>,
  ): void {
    it(title, async () => {
      const batch = fc.array(input, { minLength: 1, maxLength: 2 * BATCH, size: 'max' });
      const property = fc.asyncProperty(batch, async (inputs) => {
        const before = await service.counts(source);
        const known = await send(inputs);
        await service.check();
        expect(await service.counts(source, before)).toMatchObject(known);
      });
      await fc.assert(property, {
        numRuns: fuzzRuns / BATCH,
        // Milliseconds after which it is no longer tried to find a smaller input that fails.
        interruptAfterTimeLimit: 120_000 + 20 * fuzzRuns,
        markInterruptAsFailure: true,
      });

      const large = fc
        .sample(input, 500)
        .map((one) => ({ one, size: JSON.stringify(one).length }))
        .toSorted((a, b) => b.size - a.size)
        .slice(BATCH, 2 * BATCH)
        .map(({ one }) => one);
      await send(large);
      const before = await service.memory();
      for (let sent = 0; sent < fuzzRuns; sent += BATCH) await send(large);
      expect((await service.memory()) - before).toBeLessThan(MOST_GROWTH);
    });
  }

  door('bodies of POST /observations', 'http', push, async (inputs) => {
    const connections = inputs.flatMap((_, i) =>
      i % PIPELINED === 0 ? [inputs.slice(i, i + PIPELINED)] : [],
    );
    const answers = await Promise.all(
      connections.map(async (pushes) => {
        const requests = pushes.map((one) => one.request);
        return (await answersTo(service.port, Buffer.concat([...requests, Buffer.from(LAST)]))).slice(0, -1);
      }),
    );
    const told = answers.flat().map((answer) => {
      const [, recorded] = /^HTTP\/1\.1 200 [^]*\{"recorded":(\d+)\}$/.exec(answer) ?? [];
      if (recorded !== undefined) return `recorded ${recorded}`;
      return answer.startsWith('HTTP/1.1 4') ? 'rejected' : answer;
    });
    return expected(inputs, told);
  });

  door('requests and upgrades with any head', 'http', request, async (inputs) => {
    const answers = await Promise.all(inputs.map((bytes) => answersTo(service.port, bytes, true)));
    expect(answers.flat().filter((answer) => answer.startsWith('HTTP/1.1 5'))).toEqual([]);
    return { beyondRequests: 0 };
  });

  door('messages over a WebSocket', 'websocket', message, async (inputs) => {
    const socket = await RawWebSocket.open(service.port);
    await socket.send(Buffer.concat(inputs.map(({ bytes }) => bytes)));
    const told = await socket.next(inputs.length);
    socket.end();
    await socket.ended;
    return expected(inputs, told.map(withoutReason));
  });

  door('frames of a WebSocket', 'websocket', frames, async (inputs) => {
    const answers = await Promise.all(
      inputs.map(async (bytes) => {
        const socket = await RawWebSocket.open(service.port);
        await socket.send(bytes);
        socket.end();
        return socket.ended;
      }),
    );
    const told = answers.flat().map(withoutReason);
    return {
      recorded: told.filter((answer) => answer === 'recorded 1').length,
      rejected: told.filter((answer) => /^(rejected|close 100[2789])$/.test(answer)).length,
    };
  });

  door('lines of an access log', 'access_log', spoiledLine, async (inputs) => {
    const before = await service.counts('access_log');
    const lines = inputs.map((bytes) => `${bytes.toString('latin1')}\n`).join('');
    const count = lines.split('\n').length - 1;
    appendFileSync(log, lines, 'latin1');
    const { received, skipped } = await until(
      () => service.counts('access_log', before),
      (now) => now.received + now.skipped >= count,
    );
    expect(received + skipped).toBe(count);
    return { received };
  });

  door('connections of syslog', 'syslog', syslogStream, async (inputs) => {
    await Promise.all(
      inputs.map(async (bytes) => {
        const socket = connect(syslog, '127.0.0.1').on('error', () => undefined);
        socket.resume().end(bytes);
        await once(socket, 'close');
      }),
    );
    // What comes last is counted last, and so is what came before.
    const before = await service.counts('syslog');
    connect(syslog, '127.0.0.1').resume().end('<13>{"status":200,"request_time":"0.250"}\n');
    await until(
      () => service.counts('syslog', before),
      (now) => now.recorded > 0,
    );
    return {};
  });

  door('payloads from a broker', 'broker', payload, async (inputs) => {
    const headers = (type: string): string => `NATS/1.0\r\nContent-Type: ${type}\r\n\r\n`;
    broker.send(Buffer.concat(inputs.map(({ type, body }) => brokerMessage(body, headers(type)))));
    await broker.flush();
    return sum(inputs.map(outcomeOfPayload));
  });

  door('headers and subjects from a broker', 'broker', delivery, async (inputs) => {
    broker.send(Buffer.concat(inputs));
    await broker.flush();
    return { received: inputs.length };
  });
});

/** What has to be counted of inputs, if the service has told of each what became of it, in their order. */
function expected(inputs: readonly { outcome: Outcome }[], told: readonly string[]): Outcome {
  const outcomes = inputs.map(({ outcome }) => outcome);
  expect(told).toEqual(
    outcomes.map(({ recorded, rejected }) => (rejected > 0 ? 'rejected' : `recorded ${recorded}`)),
  );
  return sum(outcomes);
}

function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((all, one) => ({
    recorded: all.recorded + one.recorded,
    rejected: all.rejected + one.rejected,
  }));
}

function withoutReason(answer: string): string {
  return answer.startsWith('rejected ') ? 'rejected' : answer;
}
