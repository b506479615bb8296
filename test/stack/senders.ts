// Senders of observations over HTTP and WebSockets. What is refused because a service stops is sent again to the newest one,
// and what was recorded is counted. A batch whose answer is lost may be recorded or not: its sender ends with it.
import { once } from 'node:events';
import { connect, push } from '../service.js';

interface Address {
  url: string;
}

export interface Observation {
  env: string;
  statuscode: number;
  seconds: number;
}

interface Load {
  /** Senders that wait for the answer to each batch. */
  http?: number;
  /** Senders that have WINDOW batches on their way. */
  websockets?: number;
  /** The batches, one after the other; when there are no more, the senders are done. */
  batches?: Iterator<readonly Observation[]>;
}

const WINDOW = 4;

/** Observations of the usual batch. */
export const BATCH = 100;

/** Observations of usual batches that are not answered yet, at the most. */
export const UNANSWERED = (2 + 2 * WINDOW) * BATCH;

const usual = Array.from({ length: BATCH }, (_, i) => ({
  env: 'testing',
  statuscode: 200 + (i % 4) * 100,
  seconds: i / 1000,
}));

export class Senders {
  /** Observations that were handed over, answered or not. */
  sent = 0;
  /** Observations that the senders were told are recorded; and these by status code. */
  told = 0;
  readonly recorded = new Map<number, number>();
  /** How often a service said that it stops: by 503, and by closing with 1001. */
  refused = 0;
  goneAway = 0;
  /** Batches of which a service said that they are not valid. */
  invalid = 0;
  /** What happened to batches that got no answer. */
  readonly lost: string[] = [];
  /** Settles when all senders are done. */
  readonly done: Promise<unknown>;
  private stopped = false;
  private readonly batches: Iterator<readonly Observation[]>;

  constructor(
    private newest: Address,
    { http = 2, websockets = 2, batches = repeated(usual) }: Load = {},
  ) {
    this.batches = batches;
    this.done = Promise.all([
      ...Array.from({ length: http }, () => this.overHttp()),
      ...Array.from({ length: websockets }, () => this.overWebSockets()),
    ]);
  }

  /** Names the service to go to after the next refusal; none leaves theirs before. */
  use(newest: Address): void {
    this.newest = newest;
  }

  /** Sends no more, and waits for the answers to what was sent. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private next(): readonly Observation[] | undefined {
    if (this.stopped) return undefined;
    const { done, value } = this.batches.next();
    if (done === true) return undefined;
    this.sent += value.length;
    return value;
  }

  /** @param answer what a service says about a batch: how many are recorded, or what is wrong */
  private answered(batch: readonly Observation[], answer: string): void {
    if (!answer.includes(`"recorded":${batch.length}}`)) {
      this.invalid++;
      return;
    }
    this.told += batch.length;
    for (const { statuscode } of batch)
      this.recorded.set(statuscode, (this.recorded.get(statuscode) ?? 0) + 1);
  }

  private async overHttp(): Promise<void> {
    let address = this.newest;
    let batch = this.next();
    while (batch !== undefined) {
      try {
        const lines = batch.map((observation) => JSON.stringify(observation)).join('\n');
        const response = await push(address, lines, { 'Content-Type': 'application/x-ndjson' });
        const answer = await response.text();
        if (response.status === 503) {
          this.refused++;
          address = this.newest;
          if (!this.stopped) continue;
        } else this.answered(batch, answer);
      } catch (error) {
        this.lost.push(String(error instanceof Error ? error.cause : error));
        return;
      }
      batch = this.next();
    }
  }

  private async overWebSockets(): Promise<void> {
    const waiting: (readonly Observation[])[] = [];
    for (;;) {
      const client = await connect(this.newest, '/ws/sender');
      const unanswered: (readonly Observation[])[] = [];
      const send = (): void => {
        const batch = waiting.shift() ?? this.next();
        if (batch !== undefined) {
          unanswered.push(batch);
          client.send(JSON.stringify({ event: 'observations', data: batch }));
        } else if (unanswered.length === 0) client.close();
      };
      client.on('message', (answer: Buffer) => {
        this.answered(unanswered.shift() ?? [], answer.toString());
        send();
      });
      for (let i = 0; i < WINDOW; i++) send();
      const [code]: number[] = await once(client, 'close');
      if (code !== 1001) {
        if (unanswered.length > 0) this.lost.push(`WebSocket closed with ${code}`);
        return;
      }
      this.goneAway++;
      if (this.stopped) return;
      waiting.unshift(...unanswered);
    }
  }
}

function* repeated<T>(value: T): Generator<T, never> {
  for (;;) yield value;
}
