// Reports the outcomes of a service's requests to service-collector, in batches over one WebSocket. To copy into the
// service that is to be observed; needs the package `ws`.
//
// Outcomes wait in a buffer until a batch with them is answered. If the connection breaks before the answer has
// come, the batch is sent again when it is back, and may then be counted twice, though not if the collector was
// stopped in order. If the collector is away for so long that the buffer is full, the oldest outcomes are dropped,
// and `dropped` tells how many.
import { WebSocket } from 'ws';

export interface Outcome {
  statuscode: number;
  seconds?: number;
  /** What the collector's labels of these names hold, where its lists turn them on; the route as path or template. */
  method?: string;
  route?: string;
}

export interface ReporterOptions {
  /** Such as `ws://collector:8080/ws/my-service`. */
  url: string;
  /** The bearer token that the collector asks for, if it does. */
  token?: string;
  /** One of the collector's environments. */
  env: string;
  /** One of the collector's SERVICES. */
  service?: string;
  /** Milliseconds between two batches. */
  interval?: number;
  /** Outcomes that wait at the most. */
  capacity?: number;
  /** Told of each batch that the collector refuses, with its reasons; by default they are printed as a warning. */
  onRejected?: (problems: unknown) => void;
}

/** Outcomes in one message; far below the collector's limit of 1 MiB. */
const BATCH = 1_000;

const LONGEST_PAUSE = 30_000;

/** Ten days, the longest duration that the collector takes. */
const MOST_SECONDS = 864_000;

export class ObservationReporter {
  /** Outcomes that were given up: the buffer was full, their status code is none, or the collector refused them. */
  dropped = 0;
  private readonly waiting: Outcome[] = [];
  /** How many of the waiting are on their way. */
  private sent = 0;
  private socket: WebSocket | undefined;
  private pause = 0;
  private reconnecting: NodeJS.Timeout | undefined;
  private idle: (() => void) | undefined;
  private readonly ticking: NodeJS.Timeout;
  private readonly capacity: number;
  private readonly onRejected: (problems: unknown) => void;

  constructor(private readonly options: ReporterOptions) {
    this.capacity = options.capacity ?? 10_000;
    this.onRejected =
      options.onRejected ?? ((problems) => console.warn('service-collector refused a batch', problems));
    this.ticking = setInterval(() => this.flush(), options.interval ?? 1_000);
    this.ticking.unref();
    this.connect();
  }

  report(outcome: Outcome): void {
    // One that the collector would refuse would take its whole batch with it.
    if (!Number.isInteger(outcome.statuscode) || outcome.statuscode < 100 || outcome.statuscode > 599) {
      this.dropped++;
      return;
    }
    if (this.waiting.length >= this.capacity) {
      this.dropped++;
      if (this.sent === this.waiting.length) return; // all are on their way and may be recorded already
      this.waiting.splice(this.sent, 1);
    }
    this.waiting.push(withoutNonsense(outcome));
  }

  /** Sends what is waiting, unless a batch is still unanswered. */
  flush(): void {
    if (this.sent > 0 || this.waiting.length === 0 || this.socket?.readyState !== WebSocket.OPEN) return;
    const batch = this.waiting.slice(0, BATCH);
    this.sent = batch.length;
    const { env, service } = this.options;
    const data = batch.map((outcome) => Object.assign({ env, service }, outcome));
    this.socket.send(JSON.stringify({ event: 'observations', data }));
  }

  /** Sends the rest and ends the connection; gives up after `milliseconds`. */
  async close(milliseconds = 5_000): Promise<void> {
    clearInterval(this.ticking);
    if (this.waiting.length > 0) {
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, milliseconds);
        this.idle = () => {
          clearTimeout(timeout);
          resolve();
        };
        this.flush();
      });
    }
    clearTimeout(this.reconnecting);
    this.socket?.removeAllListeners('close').close();
  }

  private connect(): void {
    const { url, token } = this.options;
    const socket = new WebSocket(
      url,
      token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
    );
    this.socket = socket;
    socket.on('open', () => {
      this.pause = 0;
      this.flush();
    });
    socket.on('message', (message) => {
      if (Buffer.isBuffer(message)) this.answered(JSON.parse(message.toString()));
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      this.sent = 0;
      this.pause = Math.min(LONGEST_PAUSE, Math.max(250, this.pause * 2));
      // Not all services of a fleet at the same moment.
      this.reconnecting = setTimeout(() => this.connect(), this.pause * (0.5 + Math.random() / 2));
    });
  }

  private answered({ event, data }: { event: string; data: { problems?: unknown } }): void {
    if (event === 'rejected') {
      this.dropped += this.sent;
      this.onRejected(data.problems);
    }
    this.waiting.splice(0, this.sent);
    this.sent = 0;
    if (this.waiting.length === 0) this.idle?.();
    else if (this.idle || this.waiting.length >= BATCH) this.flush();
  }
}

/** Without the duration, if it is none: with a wrong one, the collector would refuse the whole batch. */
function withoutNonsense({ seconds = NaN, ...outcome }: Outcome): Outcome {
  return seconds >= 0 && seconds <= MOST_SECONDS ? { ...outcome, seconds } : outcome;
}
