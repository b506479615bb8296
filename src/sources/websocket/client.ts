import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Bytes of answers that may wait for a client; as long as more do, nothing is read from it. */
const MOST_UNREAD_BYTES = 1_048_576;

/** Bytes of frames after which a client waits until others had their turn. */
const TURN_BYTES = 16_384;

/**
 * Frames that came together and carried no observations, after which a client is closed. What comes together is at most the
 * 64 KiB that Node reads at once, and is all taken before others have their turn.
 */
const MOST_IDLE_FRAMES = 1_000;

/** Bytes of a frame beside its data, at least: RFC 6455, 5.2. */
const FRAME_BYTES = 6;

/** One WebSocket client: answers its frames in batches, and stops reading while it does not read its answers. */
export class Client {
  /** Whether nothing is read from it, because too many answers wait to be read by it. */
  paused = false;
  /** Bytes that had come from it at the last heartbeat. */
  private bytesRead = -1;
  /** Bytes of the frames answered since the last flush. */
  private answered = 0;
  /** Frames since the last flush that carried no observations. */
  private idle = 0;

  /**
   * @param name the id of its path, fit for a log line
   * @param address what counts against the rate limit of an address
   * @param authorization the Authorization header of its upgrade, or what stood in for it
   */
  constructor(
    readonly socket: WebSocket,
    private readonly connection: Socket,
    readonly name: string,
    readonly address: string,
    readonly authorization: string | undefined,
  ) {}

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether anything has come from it since the last call. */
  hasSent(): boolean {
    const { bytesRead } = this.connection;
    const sent = bytesRead !== this.bytesRead;
    this.bytesRead = bytesRead;
    return sent;
  }

  /**
   * Answers a frame past ws, which would send each answer on its own: answers to frames that came together leave together.
   *
   * @param bytes of the frame's data
   * @param idle whether the frame carried no observations
   * @returns false if too many such frames came together
   */
  answer(answer: Buffer, bytes: number, idle: boolean): boolean {
    if (this.answered === 0) {
      this.connection.cork();
      process.nextTick(() => this.flush());
    }
    this.answered += FRAME_BYTES + bytes;
    if (idle) this.idle++;
    this.connection.write(answer);
    return this.idle <= MOST_IDLE_FRAMES;
  }

  /** Sends the answers, and reads on when the client has read enough of them and others had their turn. */
  private flush(): void {
    const { connection, answered } = this;
    connection.uncork();
    this.answered = 0;
    this.idle = 0;
    if (this.paused) return;
    if (connection.writableLength > MOST_UNREAD_BYTES) {
      this.pause();
      connection.once('drain', () => this.resume());
    } else if (answered > TURN_BYTES) {
      this.pause();
      setImmediate(() => this.resume());
    }
  }

  private pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  private resume(): void {
    this.paused = false;
    this.socket.resume();
  }
}
