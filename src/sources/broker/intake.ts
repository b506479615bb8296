import { Inject, Injectable, Logger } from '@nestjs/common';
import type { MsgHdrs } from '@nats-io/transport-node';
import { RecorderService } from '../../recording/recorder.service.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { SETTINGS } from '../../settings/token.js';
import { Batch } from '../../recording/batch.js';
import type { Labels } from '../../recording/labels.js';
import { check } from '../../recording/observation.js';
import { ENVIRONMENT_NAME, type RecordingSettings } from '../../recording/recording.settings.js';
import type { ServerSettings } from '../../server/server.settings.js';
import type { BrokerSettings } from './broker.settings.js';
import { parsePayload } from './parse-payload.js';
import { printable } from '../../platform/printable.js';
import { RefusalLog } from '../../platform/refusal-log.js';

/** The parts of a message that are the same with and without a stream. */
export interface BrokerMessage {
  subject: string;
  data: Uint8Array;
  headers?: MsgHdrs | undefined;
}

/** The outcome of a message: `kept` ones are not recorded, but stay in the stream. */
export type Outcome = 'recorded' | 'refused' | 'kept';

/** Advice in the log about messages with an unknown environment. */
const ADVICE = {
  discard:
    '. Add the environment to ENVIRONMENTS: such messages are deleted. NATS_UNKNOWN_ENV=keep leaves them in the stream.',
  keep: '. Add the environment to ENVIRONMENTS: such messages stay in the stream until then.',
};

/** Records the observations of messages, all of a message or none. */
@Injectable()
export class Intake {
  private readonly refusals = new RefusalLog(new Logger('Intake'));
  private readonly unknownEnvironments: RefusalLog;
  private readonly scanner: ObservationScanner;

  constructor(
    @Inject(SETTINGS) private readonly settings: RecordingSettings & ServerSettings & BrokerSettings,
    private readonly recorder: RecorderService,
  ) {
    this.unknownEnvironments = new RefusalLog(new Logger('Intake'), ADVICE[settings.NATS_UNKNOWN_ENV]);
    this.scanner = new ObservationScanner(recorder.labels);
    recorder.configure('broker');
  }

  /** Records the observations of a message, or counts and logs why it is refused. */
  take(message: BrokerMessage): Outcome {
    const { subject, data } = message;
    const payload = parsePayload(data, contentTypeOf(message), this.settings, this.scanner);
    if ('counts' in payload) {
      for (const [reason, count] of payload.counts) this.recorder.refuse('broker', reason, count);
      this.refusals.add(() => messageOn(subject), payload.detail);
      return 'refused';
    }
    const [problem] = this.recorder.offerAll('broker', payload.candidates);
    if (!problem) return 'recorded';
    const place = payload.lines
      ? `line ${payload.lines[problem.index]}`
      : `observation ${problem.index + 1} of ${payload.candidates.length}`;
    const unknown = lacksEnvironmentsOnly(payload.candidates, this.recorder.labels);
    (unknown ? this.unknownEnvironments : this.refusals).add(
      () => messageOn(subject),
      `${place}: ${problem.detail}`,
    );
    return unknown && this.settings.NATS_UNKNOWN_ENV === 'keep' ? 'kept' : 'refused';
  }

  /** Counts a message that was received before. */
  takeAgain(): void {
    this.recorder.refuse('broker', 'delivered_again');
  }
}

function messageOn(subject: string): string {
  return `a message on ${printable(subject)}`;
}

/** Whether all candidates would be Observations if ENVIRONMENTS named their environments. */
function lacksEnvironmentsOnly(candidates: readonly unknown[] | Batch, labels: Labels): boolean {
  if (candidates instanceof Batch) return false;
  const [env] = labels.environments;
  return candidates.every((candidate) => {
    const fault = check(candidate, labels);
    if (fault !== 'invalid_env') return fault === undefined;
    const { env: named }: { env?: unknown } = Object(candidate);
    return (
      typeof named === 'string' &&
      ENVIRONMENT_NAME.test(named) &&
      check({ ...Object(candidate), env }, labels) === undefined
    );
  });
}

/** Undefined if there is none. Malformed headers count as an unknown Content-Type. */
function contentTypeOf(message: BrokerMessage): string | undefined {
  try {
    // The client parses headers here, and throws at keys and values that its own publishers would not send.
    return message.headers?.last('Content-Type', 'insensitive') || undefined;
  } catch {
    return 'unknown';
  }
}
