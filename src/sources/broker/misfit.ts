// Why an existing stream or consumer would not deliver the messages that the settings ask for. Pure.
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { BrokerSettings } from './broker.settings.js';

type Names = Pick<BrokerSettings, 'NATS_SUBJECT' | 'NATS_QUEUE' | 'NATS_STREAM' | 'NATS_DELIVER'>;

/** A mirror, or a stream with sources, may have any subjects. */
export function streamMisfit(
  { subjects = [], mirror, sources = [] }: Partial<StreamConfig>,
  { NATS_SUBJECT, NATS_QUEUE, NATS_STREAM }: Names,
): string | undefined {
  if (mirror || sources.length > 0 || subjects.some((one) => covers(one, NATS_SUBJECT))) return undefined;
  return (
    `the stream ${NATS_STREAM} takes ${quoted(subjects)}, not NATS_SUBJECT ${quoted([NATS_SUBJECT])}, ` +
    `so its consumer ${NATS_QUEUE} would get nothing: set NATS_SUBJECT or NATS_STREAM, or add the subject to the stream`
  );
}

export function consumerMisfit(
  consumer: Partial<ConsumerConfig>,
  stream: Partial<StreamConfig>,
  { NATS_SUBJECT, NATS_QUEUE, NATS_STREAM }: Names,
): string | undefined {
  const { ack_policy, deliver_subject, headers_only, filter_subject, filter_subjects } = consumer;
  const name = `the consumer ${NATS_QUEUE} of the stream ${NATS_STREAM}`;
  const another = 'set NATS_QUEUE to a new name, for a consumer of its own';
  if (ack_policy !== 'explicit') return `${name} has ack_policy ${ack_policy}, not explicit: ${another}`;
  if (deliver_subject !== undefined) return `${name} is a push consumer, not a pull consumer: ${another}`;
  if (headers_only === true) return `${name} delivers headers only: ${another}`;
  const filters = filter_subjects ?? (filter_subject ? [filter_subject] : (stream.subjects ?? []));
  if (filters.length === 1 && filters[0] === NATS_SUBJECT) return undefined;
  return `${name} takes ${quoted(filters)}, not NATS_SUBJECT ${quoted([NATS_SUBJECT])}: set NATS_SUBJECT to that, or ${another}`;
}

/** https://docs.nats.io/nats-concepts/jetstream/streams#retentionpolicy */
export function deliveryMisfit(
  { retention }: Pick<StreamConfig, 'retention'>,
  { NATS_STREAM, NATS_DELIVER }: Names,
): string | undefined {
  if (retention !== 'workqueue' || NATS_DELIVER === 'all') return undefined;
  return `the stream ${NATS_STREAM} is a work queue, whose consumers take all messages: set NATS_DELIVER=all, or empty it`;
}

/** Whether the first pattern matches all subjects that the second one matches. */
function covers(pattern: string, subject: string): boolean {
  const [wide, narrow] = [pattern.split('.'), subject.split('.')];
  const rest = wide.at(-1) === '>' ? wide.length - 1 : undefined;
  if (rest === undefined ? wide.length !== narrow.length : narrow.length <= rest) return false;
  return wide.slice(0, rest).every((token, i) => token === narrow[i] || (token === '*' && narrow[i] !== '>'));
}

function quoted(subjects: readonly string[]): string {
  return subjects.map((subject) => JSON.stringify(subject)).join(', ') || 'no subject';
}
