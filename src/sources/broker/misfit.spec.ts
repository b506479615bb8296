import type { ConsumerConfig } from '@nats-io/jetstream';
import { consumerMisfit, deliveryMisfit, streamMisfit } from './misfit.js';

const settings = (NATS_SUBJECT: string) =>
  ({ NATS_SUBJECT, NATS_QUEUE: 'counting', NATS_STREAM: 'outcomes', NATS_DELIVER: 'new' }) as const;

it.each([
  ['a', ['a']],
  ['a.b', ['x', 'a.*']],
  ['a.b.c', ['a.>']],
  ['a.*', ['a.*']],
  ['a.*.c', ['*.*.c']],
  ['a.>', ['>']],
  ['a.b.>', ['a.*.>']],
  ['*', ['*']],
])('a stream carries %s if it takes %j', (subject, subjects) => {
  expect(streamMisfit({ subjects }, settings(subject))).toBeUndefined();
});

it.each([
  ['a', []],
  ['a', ['b', 'a.b', 'a.>']],
  ['a.b', ['a', '*']],
  ['a.*', ['a.b']],
  ['a.>', ['a.*', 'a.*.*']],
  ['>', ['*', 'a.>']],
])('a stream does not carry %s if it takes %j', (subject, subjects) => {
  expect(streamMisfit({ subjects }, settings(subject))).toContain(`not NATS_SUBJECT "${subject}"`);
});

it('a stream that takes messages from others may carry anything', () => {
  expect(streamMisfit({ sources: [{ name: 'other' }] }, settings('a'))).toBeUndefined();
  expect(streamMisfit({ mirror: { name: 'other' } }, settings('a'))).toBeUndefined();
});

const explicit = { ack_policy: 'explicit' } as const;

it.each([
  [{ filter_subject: 'a' }, ['>']],
  [{ filter_subjects: ['a'] }, ['>']],
  [{}, ['a']],
])('a consumer with %j of a stream of %j fits', (consumer, subjects) => {
  expect(consumerMisfit({ ...explicit, ...consumer }, { subjects }, settings('a'))).toBeUndefined();
});

it.each([
  [
    { filter_subject: 'b' },
    ['>'],
    'the consumer counting of the stream outcomes takes "b", not NATS_SUBJECT "a"',
  ],
  [{ filter_subjects: ['a', 'b'] }, ['>'], 'takes "a", "b", not NATS_SUBJECT "a"'],
  [{}, ['a', 'b'], 'takes "a", "b", not NATS_SUBJECT "a"'],
  [{ filter_subject: 'a', ack_policy: 'all' }, ['a'], 'has ack_policy all, not explicit'],
  [{ filter_subject: 'a', deliver_subject: 'x' }, ['a'], 'is a push consumer'],
  [{ filter_subject: 'a', headers_only: true }, ['a'], 'delivers headers only'],
] satisfies [Partial<ConsumerConfig>, string[], string][])(
  'a consumer with %j of a stream of %j does not fit',
  (consumer, subjects, problem) => {
    const misfit = consumerMisfit({ ...explicit, ...consumer }, { subjects }, settings('a'));
    expect(misfit).toContain(problem);
    expect(misfit).toContain('NATS_QUEUE');
  },
);

it('a work queue has no consumer for new messages only', () => {
  expect(deliveryMisfit({ retention: 'workqueue' }, settings('a'))).toContain('set NATS_DELIVER=all');
  expect(deliveryMisfit({ retention: 'limits' }, settings('a'))).toBeUndefined();
});
