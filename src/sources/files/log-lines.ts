import type { MakeFormat, Verdict } from '../../formats/lines/line.js';
import { LineReader } from '../../formats/lines/line-reader.js';
import { Batch } from '../../recording/batch.js';
import type { RecorderService } from '../../recording/recorder.service.js';
import type { LineSink } from './line-splitter.js';

export const SOURCE = 'access_log';

/** Rows that there is room for at first. */
const ROWS = 64;

/** Reads the lines of one file, and records what they say. */
export class LogLines implements LineSink {
  private readonly reader: LineReader;
  private readonly batch = new Batch(ROWS);
  private readonly environment: number;
  private readonly isLabelled: boolean;
  private skipped = 0;

  constructor(
    env: string,
    format: MakeFormat,
    private readonly recorder: RecorderService,
    private readonly onFlush: () => void,
  ) {
    const { labels } = recorder;
    this.environment = labels.environment(env);
    this.isLabelled = labels.listed.length > 0;
    const wanted = labels.listed.map(({ name }) => (name === 'route' ? 'path' : name));
    this.reader = new LineReader(format, wanted);
  }

  line(bytes: Buffer | undefined, start: number, end: number): void {
    const verdict = bytes === undefined ? 'line_too_long' : this.reader.read(bytes, start, end);
    if (verdict === 'request') this.add();
    else this.leaveOut(verdict);
  }

  flush(): void {
    this.recorder.record(SOURCE, this.batch);
    this.batch.length = 0;
    if (this.skipped > 0) this.recorder.skip(SOURCE, this.skipped);
    this.skipped = 0;
    this.onFlush();
  }

  private add(): void {
    const { statuscode, seconds, service, method, path } = this.reader.line;
    const { environment } = this;
    const group = this.isLabelled
      ? this.recorder.labels.groupOf(environment, service, method, path)
      : environment;
    this.batch.add(group, statuscode, seconds);
  }

  private leaveOut(verdict: Exclude<Verdict, 'request'>): void {
    if (verdict === 'skipped') this.skipped++;
    else this.recorder.refuse(SOURCE, verdict);
  }
}
