import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BrokerSettings } from './broker.settings.js';
import type { Acknowledgements } from './acknowledgements.js';
import { consumerMisfit, deliveryMisfit, streamMisfit } from './misfit.js';
import type { Delivery } from './subscribe.js';
import type { Intake } from './intake.js';

type Streamed = BrokerSettings & { NATS_STREAM: string };

/**
 * Messages that are requested in advance. At the server's default size limit (1 MiB), they are half of what it buffers for a
 * client before it disconnects (64 MiB). Messages in flight to a killed process are redelivered after ACK_WAIT.
 */
const PULLED_AHEAD = 32;

/** Most unacknowledged messages of all replicas together. */
const MOST_UNACKNOWLEDGED = 1_024;

/** The same if messages are kept. The server counts each kept message, and delivers no more at this limit. */
const MOST_KEPT = 100_000;

/**
 * Nanoseconds after which an unacknowledged message is delivered to another replica. A message waits here only for those
 * pulled before it, some milliseconds each, so the time never needs to be extended.
 */
const ACK_WAIT = 30e9;

/** Milliseconds for which one pull request is valid. Half of that without a heartbeat is a failure. */
const EXPIRES = 10_000;

/**
 * Receives messages of a stream through a durable consumer that all replicas share, and acknowledges each after its
 * observations are recorded. Stream and consumer are created if missing, and otherwise used as they are.
 *
 * @throws {Error} if the server has no JetStream or does not permit it, or the stream or consumer does not fit the settings
 */
export async function pull(
  connection: NatsConnection,
  settings: Streamed,
  intake: Intake,
  acknowledgements: Acknowledgements,
): Promise<Delivery> {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const { NATS_JETSTREAM_DOMAIN: domain } = settings;
  const manager = await jetstreamManager(connection, { checkAPI: false, ...(domain && { domain }) });
  const stream = await provideStream(manager, settings);
  acknowledgements.repeat(connection, stream);
  const info = await provideConsumer(manager, stream, settings);
  const consumer = manager.jetstream().consumers.getConsumerFromInfo(info);
  const messages = await consumer.consume({
    max_messages: PULLED_AHEAD,
    expires: EXPIRES,
    abort_on_missing_resource: true,
    callback: (message) => {
      if (acknowledgements.isKnown(message)) {
        intake.takeAgain();
        message.ack();
      } else {
        acknowledgements.acknowledge(message, intake.take(message));
      }
    },
  });
  return { ended: messages.closed(), waiting: info.num_pending };
}

async function provideStream({ streams }: JetStreamManager, settings: Streamed): Promise<StreamInfo> {
  const { NATS_STREAM, NATS_SUBJECT } = settings;
  const stream = await orIfMissing(streams.info(NATS_STREAM), () =>
    streams.add({ name: NATS_STREAM, subjects: [NATS_SUBJECT], retention: 'workqueue' }),
  );
  refuse(streamMisfit(stream.config, settings));
  return stream;
}

async function provideConsumer(
  { consumers }: JetStreamManager,
  { config: stream, state }: StreamInfo,
  settings: Streamed,
): Promise<ConsumerInfo> {
  const { NATS_STREAM, NATS_SUBJECT, NATS_QUEUE, NATS_DELIVER, NATS_UNKNOWN_ENV } = settings;
  const info = await orIfMissing(consumers.info(NATS_STREAM, NATS_QUEUE), () => {
    // In an empty stream, such as a newly created one, all messages will be new.
    if (state.messages > 0) refuse(deliveryMisfit(stream, settings));
    return consumers.add(NATS_STREAM, {
      durable_name: NATS_QUEUE,
      filter_subject: NATS_SUBJECT,
      ack_policy: 'explicit',
      ack_wait: ACK_WAIT,
      max_ack_pending: MOST_UNACKNOWLEDGED,
      deliver_policy: stream.retention === 'workqueue' ? 'all' : NATS_DELIVER,
    });
  });
  refuse(consumerMisfit(info.config, stream, settings));
  const { max_ack_pending = 0 } = info.config;
  return NATS_UNKNOWN_ENV === 'keep' && max_ack_pending > 0 && max_ack_pending < MOST_KEPT
    ? consumers.update(NATS_STREAM, NATS_QUEUE, { max_ack_pending: MOST_KEPT })
    : info;
}

function refuse(misfit: string | undefined): void {
  if (misfit !== undefined) throw new Error(misfit);
}

/** The existing one, or a new one if it is missing. */
function orIfMissing<T>(found: Promise<T>, make: () => Promise<T>): Promise<T> {
  return found.catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 404)
      return make();
    throw error;
  });
}
