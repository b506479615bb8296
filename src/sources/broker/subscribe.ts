import type { NatsConnection } from '@nats-io/transport-node';
import type { BrokerSettings } from './broker.settings.js';
import type { Intake } from './intake.js';

/** A running delivery of messages, until the connection or the permission ends. */
export interface Delivery {
  ended: Promise<unknown>;
  /** Messages that wait in the stream, if there is one. */
  waiting?: number;
}

/**
 * Receives messages of the subject as they are published, each by one member of the queue group. Messages published while
 * nobody is subscribed are lost. If the server disconnects a slow client, the messages buffered for it are lost, too. That
 * counts as a broken connection.
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
