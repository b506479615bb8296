import type { Label, MakeFormat, Verdict } from '../../formats/lines/line.js';
import { LineReader } from '../../formats/lines/line-reader.js';
import { Batch } from '../../recording/batch.js';
import type { RecorderService } from '../../recording/recorder.service.js';
import { Routes } from '../../recording/routes.js';
import type { Findings } from './findings.js';
import { LineSplitter } from './line-splitter.js';
import { LONGEST_LINE, type LogSink } from './log-file.js';

export const SOURCE = 'access_log';

/** Initial capacity in rows. */
const ROWS = 64;

/** Properties of all lines of a log. */
export interface LogKind {
  readonly env: string;
  /** The service of all lines; undefined if each line names its own. */
  readonly service: string | undefined;
  /** The service of lines that name none. */
  readonly container: string | undefined;
  readonly format: MakeFormat;
  /** Requests that are skipped. */
  readonly ignored: Routes;
}

/** Reads the lines of one file, and records their observations. */
export class LogLines implements LogSink {
  private reader: LineReader;
  private readonly wanted: readonly Label[];
  private readonly batch = new Batch(ROWS);
  private readonly environment: number;
  private readonly isPlain: boolean;
  private skipped = 0;
  /** Requests that ACCESS_LOG_IGNORE leaves out. */
  private ignored = 0;
  private strange = 0;
  private sample = '';
  private firstSkipped: string | undefined;

  constructor(
    private readonly kind: LogKind,
    private readonly recorder: RecorderService,
    private readonly findings: Findings,
    private readonly onFlush: () => void,
  ) {
    const { labels } = recorder;
    const ignores = kind.ignored.templates.length > 0;
    this.environment = labels.environment(kind.env);
    this.isPlain = labels.listed.length === 0 && !ignores;
    this.wanted = [
      ...(labels.isOn('service') && kind.service === undefined ? ['service' as const] : []),
      ...(labels.isOn('method') ? ['method' as const] : []),
      ...(labels.isOn('route') || ignores ? ['path' as const] : []),
    ];
    this.reader = new LineReader(kind.format, this.wanted);
  }

  lookBehind(lines: Buffer): number {
    const reader = new LineReader(this.kind.format, this.wanted);
    const line = (bytes: Buffer | undefined, start: number, end: number): unknown =>
      bytes && reader.read(bytes, start, end);
    new LineSplitter(LONGEST_LINE, { line, flush: () => undefined }).push(lines);
    this.reader = reader;
    return reader.pending;
  }

  line(bytes: Buffer | undefined, start: number, end: number): void {
    const verdict = bytes === undefined ? 'line_too_long' : this.reader.read(bytes, start, end);
    if (verdict !== 'request') this.leaveOut(verdict, bytes, start, end);
    else if (this.isPlain)
      this.batch.add(this.environment, this.reader.line.statuscode, this.reader.line.seconds);
    else this.addWithLabels();
  }

  flush(): void {
    const { batch, recorder, findings, skipped, ignored } = this;
    findings.add(this.reader.formatName, batch.length + ignored, this.strange, this.sample);
    recorder.record(SOURCE, batch);
    if (skipped > 0) findings.skip(skipped, this.firstSkipped ?? '');
    if (skipped + ignored > 0) recorder.skip(SOURCE, skipped + ignored);
    batch.length = this.skipped = this.ignored = this.strange = 0;
    this.onFlush();
  }

  private addWithLabels(): void {
    const { kind, recorder, environment } = this;
    const { statuscode, seconds, method, path, service = kind.container } = this.reader.line;
    if (path !== undefined && kind.ignored.match(path) >= 0) this.ignored++;
    else {
      const group = recorder.labels.groupOf(environment, kind.service ?? service, method, path);
      this.batch.add(group, statuscode, seconds);
    }
  }

  private leaveOut(
    verdict: Exclude<Verdict, 'request'>,
    bytes: Buffer | undefined,
    start: number,
    end: number,
  ): void {
    const text = (): string => bytes?.toString('utf8', start, Math.min(end, start + MOST_SHOWN)) ?? '';
    if (verdict === 'skipped') {
      this.skipped++;
      this.firstSkipped ??= text();
      return;
    }
    this.recorder.refuse(SOURCE, verdict);
    if (verdict !== 'unrecognized_line' && verdict !== 'not_json') return;
    if (this.strange++ === 0) this.sample = text();
  }
}

/** Bytes of a line that are kept to show it. */
const MOST_SHOWN = 400;
