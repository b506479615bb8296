// The gateway's replies, as frames.
import type { ObservationProblem } from '../../recording/observation.js';
import { frame, TEXT } from './frame.js';

let last: { count: number; reply: Buffer } | undefined;

/** The reply to a recorded message. The last one is cached, because most senders' messages have the same size. */
export function recordedReply(count: number): Buffer {
  if (last?.count !== count) {
    last = { count, reply: textFrame({ event: 'recorded', data: { recorded: count } }) };
  }
  return last.reply;
}

/** The reply to a rejected message. */
export function rejectedReply(problems: readonly ObservationProblem[]): Buffer {
  return textFrame({ event: 'rejected', data: { problems } });
}

function textFrame(message: object): Buffer {
  return frame(TEXT, Buffer.from(JSON.stringify(message)));
}
