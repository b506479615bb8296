import { LineReader } from '../../formats/lines/line-reader.js';
import type { Label, MakeFormat } from '../../formats/lines/line.js';
import type { RefusalLog } from '../../platform/refusal-log.js';
import { Batch } from '../../recording/batch.js';
import type { RecorderService } from '../../recording/recorder.service.js';
import type { Routes } from '../../recording/routes.js';
import type { Reason } from '../../recording/observation.js';
import type { OnMessage } from './framing.js';
import type { SyslogEntry } from './syslog.settings.js';

const SOURCE = 'syslog';

const LESS = 0x3c;

/** Put before messages without a priority. Otherwise they would be treated as lines of a container and joined. */
const PRIORITY = Buffer.from('<13>');

/** Bytes of a refused message that are logged. */
const SHOWN = 200;

/** Records the messages that arrive at one address. */
export class Intake {
  private readonly environment: number;
  private readonly wanted: readonly Label[];
  private readonly batch = new Batch(64);
  private skipped = 0;

  constructor(
    private readonly recorder: RecorderService,
    private readonly entry: SyslogEntry,
    private readonly format: MakeFormat,
    private readonly ignored: Routes,
    private readonly url: string,
    private readonly log: RefusalLog,
  ) {
    const { labels } = recorder;
    this.environment = labels.environment(entry.env);
    const isWanted = {
      service: !entry.service && labels.isOn('service'),
      method: labels.isOn('method'),
      path: labels.isOn('route') || ignored.templates.length > 0,
    };
    this.wanted = (['service', 'method', 'path'] as const).filter((label) => isWanted[label]);
  }

  /** Returns a callback for the messages of one sender. They are recorded by `flush`. */
  sender(): OnMessage {
    const reader = new LineReader(this.format, this.wanted);
    return (bytes, start, end) => this.take(reader, bytes, start, end);
  }

  /** Records the messages received so far. */
  flush(): void {
    const { recorder, batch, skipped } = this;
    if (batch.length > 0) recorder.record(SOURCE, batch);
    if (skipped > 0) recorder.skip(SOURCE, skipped);
    batch.length = 0;
    this.skipped = 0;
  }

  refuse(reason: Reason<typeof SOURCE>, detail: string = reason): void {
    this.recorder.refuse(SOURCE, reason);
    this.log.add(() => `a message on ${this.url}`, detail, 'message');
  }

  private take(reader: LineReader, bytes: Buffer | undefined, start: number, end: number): void {
    if (bytes === undefined) return this.refuse('line_too_long');
    if (start === end) {
      this.skipped++;
      return;
    }
    if (bytes[start] !== LESS) {
      const line = Buffer.concat([PRIORITY, bytes.subarray(start, end)]);
      return this.take(reader, line, 0, line.length);
    }
    const verdict = reader.read(bytes, start, end);
    if (verdict === 'skipped') this.skipped++;
    else if (verdict !== 'request')
      this.refuse(verdict, `${verdict}: ${bytes.toString('utf8', start, Math.min(end, start + SHOWN))}`);
    else if (reader.line.path !== undefined && this.ignored.match(reader.line.path) >= 0) this.skipped++;
    else {
      const { statuscode, seconds, service, method, path } = reader.line;
      const group = this.recorder.labels.groupOf(
        this.environment,
        this.entry.service ?? service,
        method,
        path,
      );
      this.batch.add(group, statuscode, seconds);
    }
  }
}
