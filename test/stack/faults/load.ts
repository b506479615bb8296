// Senders that push observations over HTTP and WebSockets until they are stopped or nobody answers them any more.
import { connect } from '../../service.js';

interface Address {
  url: string;
  port: number;
}

/** Observations a batch. */
const BATCH = 100;

const observations = Array.from({ length: BATCH }, (_, i) => ({
  env: 'testing',
  statuscode: 200 + (i % 4) * 100,
  seconds: i / 1000,
}));
const lines = observations.map((observation) => JSON.stringify(observation)).join('\n');
const message = JSON.stringify({ event: 'observations', data: observations });

export class Load {
  /** Observations that were handed over, answered or not. */
  sent = 0;
  /** Observations that the service said are recorded. */
  told = 0;
  private going = true;
  private readonly senders: Promise<unknown>;

  constructor(address: Address) {
    this.senders = Promise.all([
      ...[0, 1].map(() => this.overHttp(address)),
      ...[0, 1].map(() => this.overWebSocket(address)),
    ]);
  }

  /** Waits for the answers to what was sent; to be called, too, once the service is gone. */
  async stop(): Promise<void> {
    this.going = false;
    await this.senders;
  }

  private async overHttp({ url }: Address): Promise<void> {
    while (this.going) {
      this.sent += BATCH;
      const answer = await push(url, lines).catch(() => undefined);
      if (answer === undefined) return;
      this.told += recordedIn(answer);
    }
  }

  private async overWebSocket(address: Address): Promise<void> {
    const client = await connect(address, '/ws/load');
    const gone = new Promise<undefined>((resolve) => client.once('close', () => resolve(undefined)));
    while (this.going) {
      const answered = new Promise<string>((resolve) =>
        client.once('message', (data: Buffer) => resolve(data.toString())),
      );
      this.sent += BATCH;
      client.send(message);
      const answer = await Promise.race([answered, gone]);
      if (answer === undefined) return;
      this.told += recordedIn(answer);
    }
    client.close();
    await gone;
  }
}

/** Pushes lines of NDJSON, and returns the answer. */
export async function push(url: string, body: string): Promise<string> {
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const response = await fetch(`${url}/observations`, { method: 'POST', headers, body });
  return response.text();
}

/** What an answer over HTTP or a WebSocket says is recorded; NaN if it says anything else. */
function recordedIn(answer: string): number {
  return Number(/"recorded":(\d+)/.exec(answer)?.[1]);
}
