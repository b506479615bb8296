import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Most bytes of unread replies to a client. Above that, the service stops reading from it (back-pressure). */
const MOST_UNREAD_BYTES = 1_048_576;

/** Bytes of frames after which a client waits for the others' turns. */
const TURN_BYTES = 16_384;

/**
 * Most frames without observations in one read; a client that sends more is closed. One read is at most 64 KiB, and is
 * processed completely before other clients have their turns.
 */
const MOST_IDLE_FRAMES = 1_000;

/** Least bytes of a frame in addition to its data: RFC 6455, 5.2. */
const FRAME_BYTES = 6;

/** One WebSocket client. Its frames are answered in batches. While it does not read its replies, nothing is read from it. */
export class Client {
  /** Whether reading is paused, because of too many unread replies or for the others' turns. */
  paused = false;
  /** Bytes received from it up to the last heartbeat. */
  private bytesRead = -1;
  /** Bytes of the frames answered since the last flush. */
  private answered = 0;
  /** Frames since the last flush that carried no observations. */
  private idle = 0;

  /**
   * @param name the id in its path, printable for logs
   * @param address for the rate limit
   * @param authorization the Authorization header of its upgrade, or the substitute for it
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

  /** Whether it has sent anything since the last call. */
  hasSent(): boolean {
    const { bytesRead } = this.connection;
    const sent = bytesRead !== this.bytesRead;
    this.bytesRead = bytesRead;
    return sent;
  }

  /**
   * Answers a frame. Bypasses ws, which would write each reply separately: replies to frames of one read are sent together.
   *
   * @param bytes of the frame's data
   * @param idle whether the frame carried no observations
   * @returns false if one read contained too many such frames
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

  /** Sends the replies. Reading continues when the client has read enough of them and others have had their turns. */
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
