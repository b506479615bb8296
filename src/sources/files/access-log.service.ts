import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { parseFormat } from '../../formats/lines/parse-format.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { messageOf } from '../../platform/message-of.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { SETTINGS } from '../../settings/token.js';
import { StateService } from '../../state/state.service.js';
import type { FilesSettings } from './files.settings.js';
import { LogLines, SOURCE } from './log-lines.js';
import { parsePositions, type Positions } from './positions.js';
import { Tail } from './tail.js';

/** Milliseconds between two looks at the files. */
const POLL_INTERVAL = 250;

/** A source: each line of the configured access logs becomes an observation of its environment. */
@Injectable()
export class AccessLogService implements OnApplicationBootstrap {
  private readonly logger = new Logger('AccessLogService');
  private readonly tails: readonly Tail[];
  private polling: NodeJS.Timeout | undefined;
  /** When a line was known to have been read for the last time, in milliseconds since 1970. */
  private lastRead = Date.now();
  private hasRead = false;

  constructor(
    @Inject(SETTINGS) { ACCESS_LOGS, ACCESS_LOG_START }: FilesSettings,
    recorder: RecorderService,
    private readonly state: StateService,
    private readonly lifecycle: Lifecycle,
  ) {
    recorder.configure(SOURCE);
    lifecycle.onStop('access logs', () => this.stop());
    const { logger } = this;
    this.tails = ACCESS_LOGS.map(({ env, path }) => {
      const sink = (): LogLines =>
        new LogLines(env, parseFormat('auto'), recorder, () => (this.hasRead = true));
      return new Tail({ path, start: ACCESS_LOG_START, sink, logger });
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const saved = this.saved();
    const initial: Positions = { time: saved?.time ?? this.lastRead, paths: {} };
    for (const tail of this.tails) {
      const { path } = tail;
      const positions = saved && Object.hasOwn(saved.paths, path) ? saved.paths[path] : undefined;
      if (saved && positions) await tail.resume(positions, saved.time);
      await tail.begin();
      this.logger.log(`Following ${path}${positions ? ' from the saved position' : ''}`);
      const first = positions ?? tail.positions();
      if (first) initial.paths[path] = first;
    }
    await this.state.keep(SOURCE, initial, () => this.positions());
    void this.poll();
    this.polling = setInterval(() => void this.poll(), POLL_INTERVAL);
  }

  /** Reads what has come in all files. */
  async poll(): Promise<void> {
    await Promise.all(this.tails.map((tail) => tail.poll()));
  }

  /** Reads what is there. Of a backlog that takes too long, the rest is left to the next run. */
  private async stop(): Promise<void> {
    clearInterval(this.polling);
    this.lifecycle.late.addEventListener('abort', () => void this.stopReading());
    if (this.polling && !this.lifecycle.late.aborted) {
      await this.poll(); // may join one that is past the end of a file that has grown since
      await this.poll();
    }
    await this.stopReading();
    await Promise.all(this.tails.map((tail) => tail.close()));
  }

  private async stopReading(): Promise<void> {
    await Promise.all(this.tails.map((tail) => tail.stop()));
  }

  /** Where reading stands in all files, as it belongs to the lines that were recorded until now. */
  private positions(): Positions {
    const paths: Positions['paths'] = {};
    for (const tail of this.tails) {
      const positions = tail.positions();
      if (positions) paths[tail.path] = positions;
    }
    if (this.hasRead) this.lastRead = Date.now();
    this.hasRead = false;
    return { time: this.lastRead, paths };
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
}
