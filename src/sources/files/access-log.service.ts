import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { parseFormat } from '../../formats/lines/parse-format.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { messageOf } from '../../platform/message-of.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { Routes } from '../../recording/routes.js';
import { SETTINGS } from '../../settings/token.js';
import { StateService } from '../../state/state.service.js';
import { containerOf } from './container.js';
import { formatOf, formatSettingOf, type LinesSettings } from '../../formats/lines/lines.settings.js';
import { type Entry, type FilesSettings, STANDARD_INPUT } from './files.settings.js';
import { Findings } from './findings.js';
import { LogLines, SOURCE } from './log-lines.js';
import { Logs } from './logs.js';
import { parsePositions, type Positions } from './positions.js';
import { StandardInput } from './standard-input.js';
import { Tail } from './tail.js';

/** Milliseconds between two polls of the files. */
const POLL_INTERVAL = 250;

/** A source: each line of the configured access logs becomes an observation of its environment. */
@Injectable()
export class AccessLogService implements OnApplicationBootstrap {
  private readonly logger = new Logger('AccessLogService');
  private readonly logs: Logs;
  private readonly inputs: readonly StandardInput[];
  private readonly ignored: Routes;
  private polling: NodeJS.Timeout | undefined;
  /** When a line was last read, as far as known, in milliseconds since 1970. */
  private lastRead = Date.now();
  private hasRead = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: FilesSettings & LinesSettings,
    private readonly recorder: RecorderService,
    private readonly state: StateService,
    private readonly lifecycle: Lifecycle,
  ) {
    const { logger } = this;
    const { ACCESS_LOGS, ACCESS_LOG_IGNORE, ACCESS_LOG_START } = settings;
    recorder.configure(SOURCE);
    lifecycle.onStop('access logs', () => this.stop());
    this.ignored = new Routes(ACCESS_LOG_IGNORE);
    this.logs = new Logs(
      ACCESS_LOGS.filter(({ path }) => path !== STANDARD_INPUT),
      ACCESS_LOG_START,
      (entry, options) => new Tail({ ...options, logger, sink: this.sinksOf(entry, options.path) }),
      logger,
    );
    this.inputs = ACCESS_LOGS.filter(({ path }) => path === STANDARD_INPUT).map(
      (entry) =>
        new StandardInput(process.stdin, this.sinksOf(entry, 'standard input')(), (error) =>
          logger.log(
            error === undefined ? 'Standard input has ended' : `Standard input: ${messageOf(error)}`,
          ),
        ),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    const saved = this.saved();
    const paths = await this.logs.begin(saved);
    await this.state.keep(SOURCE, { time: saved?.time ?? this.lastRead, paths }, () => this.positions());
    for (const input of this.inputs) input.start();
    void this.poll();
    this.polling = setInterval(() => void this.poll(), POLL_INTERVAL);
  }

  /** Reads new lines in all files. */
  poll(): Promise<void> {
    return this.logs.poll();
  }

  /** Reads all remaining lines. If the backlog takes too long, its rest is left to the next run. */
  private async stop(): Promise<void> {
    clearInterval(this.polling);
    this.lifecycle.late.addEventListener('abort', () => void this.stopReading());
    if (this.polling && !this.lifecycle.late.aborted) {
      await this.poll(); // may join a running poll that has missed the newest lines
      await this.poll();
    }
    await this.stopReading();
    await Promise.all(this.logs.tails.map((tail) => tail.close()));
  }

  private async stopReading(): Promise<void> {
    await Promise.all([...this.logs.tails, ...this.inputs].map((reading) => reading.stop()));
  }

  private positions(): Positions {
    if (this.hasRead) this.lastRead = Date.now();
    this.hasRead = false;
    return { time: this.lastRead, paths: this.logs.positions() };
  }

  private saved(): Positions | undefined {
    const state = this.state.stateOf(SOURCE);
    try {
      return state === undefined ? undefined : parsePositions(state);
    } catch (error) {
      this.logger.warn(`Ignoring the log positions in STATE_DIR: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Returns a factory of sinks, one for each file of a log. */
  private sinksOf({ env, service }: Entry, path: string): () => LogLines {
    const format = parseFormat(formatOf(env, this.settings));
    const findings = new Findings(path, formatSettingOf(env), this.logger);
    const kind = { env, service, container: containerOf(path), format, ignored: this.ignored };
    return () => new LogLines(kind, this.recorder, findings, () => (this.hasRead = true));
  }
}
