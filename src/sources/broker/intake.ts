import { Inject, Injectable, Logger } from '@nestjs/common';
import type { MsgHdrs } from '@nats-io/transport-node';
import { RecorderService } from '../../recording/recorder.service.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { SETTINGS } from '../../settings/token.js';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import type { ServerSettings } from '../../server/server.settings.js';
import { parsePayload } from './parse-payload.js';
import { RefusalLog } from '../../platform/refusal-log.js';

/** What messages have in common, whether they came from a stream or not. */
export interface BrokerMessage {
  subject: string;
  data: Uint8Array;
  headers?: MsgHdrs | undefined;
}

/** Hands the observations of messages to the recorder: all of a message, or none. */
@Injectable()
export class Intake {
  private readonly refusals = new RefusalLog(new Logger('Intake'));
  private readonly scanner: ObservationScanner;

  constructor(
    @Inject(SETTINGS) private readonly settings: RecordingSettings & ServerSettings,
    private readonly recorder: RecorderService,
  ) {
    this.scanner = new ObservationScanner(settings.ENVIRONMENTS);
  }

  /** Records what a message holds. Otherwise counts and logs why not, and returns false. */
  take(message: BrokerMessage): boolean {
    const { subject, data } = message;
    const payload = parsePayload(data, contentTypeOf(message), this.settings, this.scanner);
    if ('counts' in payload) {
      for (const [reason, count] of payload.counts) this.recorder.refuse('broker', reason, count);
      this.refusals.add(subject, payload.detail);
      return false;
    }
    const [problem] = this.recorder.offerAll('broker', payload.candidates);
    if (problem) {
      const place = payload.lines
        ? `line ${payload.lines[problem.index]}`
        : `observation ${problem.index + 1} of ${payload.candidates.length}`;
      this.refusals.add(subject, `${place}: ${problem.detail}`);
    }
    return problem === undefined;
  }

  /** Counts a message that was taken before. */
  takeAgain(): void {
    this.recorder.refuse('broker', 'delivered_again');
  }
}

/** Undefined if there is none; headers that cannot be read hold one that is not understood. */
function contentTypeOf(message: BrokerMessage): string | undefined {
  try {
    // The client reads them now, and throws at a key or a value that its own publishers would not send.
    return message.headers?.last('Content-Type', 'insensitive') || undefined;
  } catch {
    return 'unknown';
  }
}
