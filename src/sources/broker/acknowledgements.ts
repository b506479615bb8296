import type { DeliveryInfo, JsMsg, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Outcome } from './intake.js';

/** What of a message is needed to acknowledge it. */
type Delivered = Pick<JsMsg, 'ack' | 'term' | 'nak'> & {
  info: Pick<DeliveryInfo, 'streamSequence' | 'timestampNanos' | 'deliveryCount'>;
};

/** https://docs.nats.io/reference/reference-protocols/nats_api_reference#acknowledging-messages */
const ACK = '+ACK';

/** Several times as many as may be unacknowledged at once (`max_ack_pending` in jet-stream.ts). */
const MOST_REMEMBERED = 4_096;

/** Milliseconds until a kept message is delivered again at the latest; it begins at 2 s and doubles. */
const LONGEST = 600_000;

/**
 * Acknowledges messages of a stream, and remembers the last few thousand. An acknowledgement that is on its way when the
 * connection breaks, or that a server forgets when it is killed, is sent again with the next connection; and a message
 * that is delivered again to this process all the same is known.
 */
export class Acknowledgements {
  /** Where to acknowledge each message, by what tells it from all others. */
  private readonly replies = new Map<string, string>();
  /** When the stream was made that they are for. */
  private created: string | undefined;

  isKnown(message: Delivered): boolean {
    return this.replies.has(idOf(message));
  }

  /** Has a message that is `kept` delivered again later, to any replica; no one gets the others again. */
  acknowledge(message: Delivered, outcome: Outcome): void {
    if (outcome === 'kept') return message.nak(Math.min(LONGEST, 1_000 * 2 ** message.info.deliveryCount));
    this.replies.set(idOf(message), replyOf(message));
    if (this.replies.size > MOST_REMEMBERED) this.forgetOldest();
    if (outcome === 'recorded') message.ack();
    else message.term();
  }

  /**
   * Sends the last acknowledgements again, before messages are asked for. To the server, once is as good as twice; but from
   * a stream that was made anew, they would take messages out that nobody has seen, since they name them by number only.
   */
  repeat(connection: Pick<NatsConnection, 'publish'>, { created }: Pick<StreamInfo, 'created'>): void {
    if (created !== this.created) this.replies.clear();
    this.created = created;
    for (const reply of this.replies.values()) connection.publish(reply, ACK);
  }

  private forgetOldest(): void {
    for (const oldest of this.replies.keys()) {
      this.replies.delete(oldest);
      return;
    }
  }
}

/** Where a message asks to be acknowledged, which the client knows but does not declare. */
function replyOf(message: Delivered): string {
  const reply: string = Reflect.get(message, 'reply');
  return reply;
}

/** A stream that is made anew counts from 1 again, so the number alone would not do. */
function idOf({ info: { streamSequence, timestampNanos } }: Delivered): string {
  return `${streamSequence} ${timestampNanos}`;
}
