// Publishes the outcomes of a service's requests to a stream of NATS, from which any number of service-collectors take
// them (NATS_URL, NATS_STREAM). To copy into the service that is to be observed; needs the packages
// `@nats-io/transport-node` and `@nats-io/jetstream`.
//
// A batch is published until the stream has it, under an id by which the stream knows it again. While NATS is away, outcomes
// wait; if the buffer is full, the newest are dropped, and `dropped` tells how many.
import { randomUUID } from 'node:crypto';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

export interface Outcome {
  statuscode: number;
  seconds?: number;
  /** What the collector's labels of these names hold, where its lists turn them on; the route as path or template. */
  method?: string;
  route?: string;
}

export interface ReporterOptions {
  /** From `connect({ servers, maxReconnectAttempts: -1 })`; it stays the caller's to close. */
  connection: NatsConnection;
  /** One of the collector's environments. */
  env: string;
  /** One of the collector's SERVICES. */
  service?: string;
  /** The collector's NATS_SUBJECT. */
  subject?: string;
  /** Milliseconds between two batches. */
  interval?: number;
  /** Outcomes that wait at the most. */
  capacity?: number;
}

/** Outcomes in one message; far below NATS' and the collector's limits of 1 MiB. */
const BATCH = 1_000;

/** Milliseconds until a message that was not answered is published again. */
const TIMEOUT = 2_000;

/** Ten days, the longest duration that the collector takes. */
const MOST_SECONDS = 864_000;

export class NatsReporter {
  /** Outcomes that were given up: the buffer was full, or their status code is none. */
  dropped = 0;
  private waiting: Outcome[] = [];
  private publishing: Promise<void> | undefined;
  private closing = false;
  private readonly stream: JetStreamClient;
  private readonly ticking: NodeJS.Timeout;

  constructor(private readonly options: ReporterOptions) {
    this.stream = jetstream(options.connection);
    this.ticking = setInterval(() => void this.flush(), options.interval ?? 1_000);
    this.ticking.unref();
  }

  report(outcome: Outcome): void {
    const isCode =
      Number.isInteger(outcome.statuscode) && outcome.statuscode >= 100 && outcome.statuscode <= 599;
    // One that the collector would refuse would take its whole batch with it.
    if (isCode && this.waiting.length < (this.options.capacity ?? 10_000))
      this.waiting.push(withoutNonsense(outcome));
    else this.dropped++;
  }

  /** Publishes what is waiting, and resolves when the stream has it or the reporter is closed. */
  flush(): Promise<void> {
    this.publishing ??= this.publishAll().finally(() => (this.publishing = undefined));
    return this.publishing;
  }

  /** Publishes the rest; gives up after `milliseconds`. */
  async close(milliseconds = 5_000): Promise<void> {
    clearInterval(this.ticking);
    const timeout = setTimeout(() => (this.closing = true), milliseconds);
    await this.flush();
    clearTimeout(timeout);
  }

  private async publishAll(): Promise<void> {
    while (this.waiting.length > 0 && !this.closing) {
      const batch = this.waiting.splice(0, BATCH);
      const { env, service } = this.options;
      const payload = JSON.stringify(batch.map((outcome) => Object.assign({ env, service }, outcome)));
      if (!(await this.publish(payload))) this.dropped += batch.length;
    }
  }

  /** Whether the stream has taken it. */
  private async publish(payload: string): Promise<boolean> {
    const msgID = randomUUID();
    while (!this.closing) {
      const taken = await this.stream
        .publish(this.options.subject ?? 'observations', payload, { msgID, timeout: TIMEOUT })
        .catch(() => undefined);
      if (taken) return true;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return false;
  }
}

/** Without the duration, if it is none: with a wrong one, the collector would refuse the whole batch. */
function withoutNonsense({ seconds = NaN, ...outcome }: Outcome): Outcome {
  return seconds >= 0 && seconds <= MOST_SECONDS ? { ...outcome, seconds } : outcome;
}
