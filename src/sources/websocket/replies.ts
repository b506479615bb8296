// The messages that the gateway answers with, as frames.
import type { ObservationProblem } from '../../recording/observation.js';
import { frame, TEXT } from './frame.js';

let last: { count: number; reply: Buffer } | undefined;

/** The reply to a message whose observations are recorded. The last one is kept: most senders' messages have one size. */
export function recordedReply(count: number): Buffer {
  if (last?.count !== count) {
    last = { count, reply: textFrame({ event: 'recorded', data: { recorded: count } }) };
  }
  return last.reply;
}

/** The reply to a message of which nothing is recorded. */
export function rejectedReply(problems: readonly ObservationProblem[]): Buffer {
  return textFrame({ event: 'rejected', data: { problems } });
}

function textFrame(message: object): Buffer {
  return frame(TEXT, Buffer.from(JSON.stringify(message)));
}
