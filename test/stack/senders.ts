// Senders that never stop: what is refused is sent again to the newest service, and what was recorded is counted. A batch
// whose answer is lost may be recorded or not: such batches are counted apart, and not sent again.
import { once } from 'node:events';
import { connect } from '../service.js';

interface Address {
  url: string;
}

interface Observation {
  env: string;
  statuscode: number;
  seconds: number;
}

/** Batches on their way over one WebSocket. */
const WINDOW = 4;

export class Senders {
  /** What the senders were told is recorded, by status code. */
  readonly recorded = new Map<number, number>();
  /** How often a service said that it stops: by 503, and by closing with 1001. */
  refused = 0;
  goneAway = 0;
  /** What happened to batches that got no answer. */
  readonly lost: string[] = [];
  private stopped = false;
  private sent = 0;
  private readonly running: Promise<void>[];

  constructor(
    private newest: Address,
    { http, websockets }: { http: number; websockets: number },
  ) {
    this.running = [
      ...Array.from({ length: http }, () => this.overHttp()),
      ...Array.from({ length: websockets }, () => this.overWebSockets()),
    ];
  }

  /** Names the service to go to after the next refusal; none leaves theirs before. */
  use(newest: Address): void {
    this.newest = newest;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private next(): Observation[] {
    const statuscode = 100 + (this.sent++ % 500);
    return Array.from({ length: 1 + (statuscode % 7) }, () => ({ env: 'testing', statuscode, seconds: 0.1 }));
  }

  private told(batch: readonly Observation[]): void {
    for (const { statuscode } of batch)
      this.recorded.set(statuscode, (this.recorded.get(statuscode) ?? 0) + 1);
  }

  private async overHttp(): Promise<void> {
    let address = this.newest;
    let batch = this.next();
    while (!this.stopped) {
      const status = await post(address, batch).catch((error: Error) => this.lost.push(String(error.cause)));
      if (status === 503) {
        this.refused++;
        address = this.newest;
      } else {
        if (status === 200) this.told(batch);
        batch = this.next();
      }
    }
  }

  private async overWebSockets(): Promise<void> {
    const waiting: Observation[][] = [];
    while (!this.stopped) {
      const client = await connect(this.newest, '/ws/sender');
      const unanswered: Observation[][] = [];
      const send = (): void => {
        const batch = waiting.shift() ?? this.next();
        unanswered.push(batch);
        client.send(JSON.stringify({ event: 'observations', data: batch }));
      };
      client.on('message', () => {
        this.told(unanswered.shift() ?? []);
        if (!this.stopped) send();
        else if (unanswered.length === 0) client.close();
      });
      for (let i = 0; i < WINDOW; i++) send();
      const [code]: number[] = await once(client, 'close');
      if (code === 1001) this.goneAway++;
      else if (unanswered.length > 0) this.lost.push(`WebSocket closed with ${code}`);
      waiting.unshift(...unanswered);
    }
  }
}

/** The status code of the answer. */
async function post({ url }: Address, batch: readonly Observation[]): Promise<number> {
  const response = await fetch(`${url}/observations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(batch),
  });
  await response.arrayBuffer();
  return response.status;
}
