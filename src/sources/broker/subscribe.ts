import type { NatsConnection } from '@nats-io/transport-node';
import type { BrokerSettings } from './broker.settings.js';
import type { Intake } from './intake.js';

/** Messages that are on their way from the broker, until the connection or the permission ends. */
export interface Delivery {
  ended: Promise<unknown>;
  /** Messages that the stream holds for it, if there is a stream. */
  waiting?: number;
}

/**
 * Takes messages of the subject as they are published, each by one member of the queue group. Nothing is kept for later:
 * what is published while nobody is subscribed is lost, and so is what the server holds for a client that is too slow
 * when it hangs up on it, which shows as a disconnection.
 */
export function subscribe(
  connection: NatsConnection,
  { NATS_SUBJECT, NATS_QUEUE }: BrokerSettings,
  intake: Intake,
): Delivery {
  const subscription = connection.subscribe(NATS_SUBJECT, {
    queue: NATS_QUEUE,
    callback: (error, message) => {
      if (!error) intake.take(message);
    },
  });
  return { ended: subscription.closed };
}
