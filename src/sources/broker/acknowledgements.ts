import type { DeliveryInfo, JsMsg, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Outcome } from './intake.js';

/** The parts of a message that are needed to acknowledge it. */
type Delivered = Pick<JsMsg, 'ack' | 'term' | 'nak'> & {
  info: Pick<DeliveryInfo, 'streamSequence' | 'timestampNanos' | 'deliveryCount'>;
};

/** https://docs.nats.io/reference/reference-protocols/nats_api_reference#acknowledging-messages */
const ACK = '+ACK';

/** Several times the number of messages that may be unacknowledged at once (`max_ack_pending` in jet-stream.ts). */
const MOST_REMEMBERED = 4_096;

/** Longest redelivery delay of a kept message, in milliseconds. The delay begins at 2 s and doubles. */
const LONGEST = 600_000;

/**
 * Acknowledges messages of a stream, and remembers the last few thousand. Acknowledgements that were in flight when the
 * connection broke, or that a killed server forgot, are sent again over the next connection. A message that is redelivered
 * to this process nevertheless is recognised.
 */
export class Acknowledgements {
  /** The reply subject of each message, by its unique id. */
  private readonly replies = new Map<string, string>();
  /** When their stream was created. */
  private created: string | undefined;

  isKnown(message: Delivered): boolean {
    return this.replies.has(idOf(message));
  }

  /** Lets a `kept` message be redelivered later, to any replica. Other messages are not redelivered. */
  acknowledge(message: Delivered, outcome: Outcome): void {
    if (outcome === 'kept') return message.nak(Math.min(LONGEST, 1_000 * 2 ** message.info.deliveryCount));
    this.replies.set(idOf(message), replyOf(message));
    if (this.replies.size > MOST_REMEMBERED) this.forgetOldest();
    if (outcome === 'recorded') message.ack();
    else message.term();
  }

  /**
   * Repeats the last acknowledgements before messages are requested. They are idempotent. But they identify messages by
   * number only, so in a recreated stream they would remove messages that nobody has received.
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

/** The reply subject of a message, which the client has but does not declare. */
function replyOf(message: Delivered): string {
  const reply: string = Reflect.get(message, 'reply');
  return reply;
}

/** The number alone is not unique, because a recreated stream starts at 1 again. */
function idOf({ info: { streamSequence, timestampNanos } }: Delivered): string {
  return `${streamSequence} ${timestampNanos}`;
}
