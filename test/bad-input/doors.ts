// Sends generated input through the doors of a service, and checks the answers; returns what was received by the sender's
// account.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { NatsStub } from '../nats-stub.js';
import { RawWebSocket } from '../raw-websocket.js';
import { BODY_LIMIT, type Push, push } from './bodies.js';
import { spoiledHeaders, spoiledPayload } from './deliveries.js';
import { frames } from './frames.js';
import { answerFor, type Message, spoiledMessage } from './messages.js';
import type { Outcome } from './observations.js';
import { Random } from './random.js';
import { Receiver } from './receiver.js';
import { Pipeline, type Response } from './responses.js';

/** Requests or messages on the way at once on a connection. */
const WINDOW = 16;
const CONNECTIONS = 8;

/** Messages of a broker on the way at once. */
const AT_ONCE = 100;

/** Bodies of POST /observations, pipelined on connections that are kept. */
export function pushes(port: number, seed: string, count: number): Promise<Outcome> {
  return onConnections(seed, count, async (share, random) => {
    const pipeline = new Pipeline(port);
    const total = { recorded: 0, rejected: 0 };
    for (let sent = 0; sent < share; sent += WINDOW) {
      const window = Array.from({ length: WINDOW }, () => push(random));
      const bytes = Buffer.concat(window.map(({ request }) => request));
      const answers = await pipeline.ask(bytes, WINDOW);
      for (const [i, sentPush] of window.entries()) checkAnswer(sentPush, answers[i]);
      add(total, window);
    }
    pipeline.close();
    return total;
  });
}

function checkAnswer({ request, statuses, recorded }: Push, answer?: Response): void {
  const { status = NaN, body = 'nothing' } = answer ?? {};
  const told = status === 200 ? body : '{"recorded":0}';
  if (statuses.includes(status) && told === `{"recorded":${recorded}}`) return;
  throw new Error(`${status} ${body} instead of ${statuses.join()} to ${printed(request)}`);
}

/** Messages over WebSockets that stay open. */
export function messages(port: number, seed: string, count: number): Promise<Outcome> {
  return onConnections(seed, count, async (share, random) => {
    const socket = await RawWebSocket.open(
      port,
      `/ws/${encodeURIComponent(random.bytes(8).toString('latin1'))}`,
    );
    const total = { recorded: 0, rejected: 0 };
    for (let sent = 0; sent < share; sent += WINDOW) {
      const window: Message[] = Array.from({ length: WINDOW }, () => spoiledMessage(random));
      await socket.send(Buffer.concat(window.map((one) => one.frames)));
      const answers = await socket.next(WINDOW);
      same(
        answers.map(withoutReason),
        window.map(answerFor),
        window.map((one) => one.frames),
      );
      add(total, window);
    }
    socket.end();
    await socket.ended;
    return total;
  });
}

/** Any bytes behind an upgrade, on a connection of their own. */
export function framesOf(port: number, seed: string, count: number): Promise<Outcome> {
  return onConnections(seed, count, async (share, random) => {
    const total = { recorded: 0, rejected: 0 };
    for (let sent = 0; sent < share; sent++) {
      const bytes = frames(random);
      const { answers, outcome } = new Receiver(BODY_LIMIT).read(bytes);
      const socket = await RawWebSocket.open(port);
      await socket.send(bytes);
      socket.end();
      same((await socket.ended).map(withoutReason), answers, [bytes]);
      add(total, [outcome]);
    }
    return total;
  });
}

/** Messages of a broker, one by one or several in what is read at once. */
export async function payloads(broker: NatsStub, seed: string, count: number): Promise<Outcome> {
  const random = new Random(seed);
  const total = { recorded: 0, rejected: 0 };
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const deliveries = Array.from({ length: AT_ONCE }, () => spoiledPayload(random));
    broker.send(Buffer.concat(deliveries.map(({ bytes }) => bytes)));
    await broker.flush();
    add(total, deliveries);
  }
  return total;
}

/** The same with spoiled headers, of which each message is one that is received; returns how many. */
export async function headers(broker: NatsStub, seed: string, count: number): Promise<number> {
  const random = new Random(seed);
  let sent = 0;
  for (; sent < count; sent += AT_ONCE) {
    broker.send(Buffer.concat(Array.from({ length: AT_ONCE }, () => spoiledHeaders(random))));
    await broker.flush();
  }
  return sent;
}

/** Requests on connections of their own, of which the sender says at once that it will send no more; returns their statuses. */
export async function requests(
  port: number,
  seed: string,
  count: number,
  generate: (random: Random) => Buffer,
): Promise<ReadonlySet<string>> {
  const statuses = new Set<string>();
  await onConnections(seed, count, async (share, random) => {
    for (let sent = 0; sent < share; sent++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined); // the service may hang up before it has read all
      socket.once('data', (answer: Buffer) => statuses.add(answer.toString('latin1', 9, 12))).resume();
      socket.end(generate(random));
      await once(socket, 'close');
    }
    return { recorded: 0, rejected: 0 };
  });
  return statuses;
}

/** Each connection has numbers of its own, which do not depend on how quickly the others are answered. */
async function onConnections(
  seed: string,
  count: number,
  one: (share: number, random: Random) => Promise<Outcome>,
): Promise<Outcome> {
  const share = Math.ceil(count / CONNECTIONS);
  const all = Array.from({ length: CONNECTIONS }, (_, i) => one(share, new Random(`${seed} ${i}`)));
  const total = { recorded: 0, rejected: 0 };
  add(total, await Promise.all(all));
  return total;
}

function add(total: Outcome, outcomes: readonly Outcome[]): void {
  for (const { recorded, rejected } of outcomes) {
    total.recorded += recorded;
    total.rejected += rejected;
  }
}

function withoutReason(answer: string): string {
  return answer.startsWith('rejected ') ? 'rejected' : answer;
}

/** Throws with what was sent if the answers are others than expected: `expect` would take most of the time. */
function same(answers: readonly string[], expected: readonly string[], sent: readonly Buffer[]): void {
  const at = Array.from({ length: Math.max(answers.length, expected.length) }).findIndex(
    (_, i) => answers[i] !== expected[i],
  );
  if (at < 0) return;
  const bytes = sent.length === 1 ? sent[0] : sent[at];
  throw new Error(`${answers[at]} instead of ${expected[at]} to ${bytes && printed(bytes)}`);
}

function printed(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1')).replaceAll(
    /[\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`,
  );
}
