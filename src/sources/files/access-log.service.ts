import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { messageOf } from '../../platform/message-of.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { SETTINGS, SettingsError } from '../../settings/token.js';
import type { LifecycleSettings } from '../../lifecycle/lifecycle.settings.js';
import type { FilesSettings } from './files.settings.js';
import { parseLine } from '../../formats/parse-line.js';
import { type Positions, PositionStore } from './position-store.js';
import { Tail } from './tail.js';

/** Milliseconds between two looks at the files. */
const POLL_INTERVAL = 250;

/** Milliseconds between two notes of where reading stands. After a kill, what was read since is read again. */
const SAVE_INTERVAL = 1_000;

interface FollowedLog {
  path: string;
  tail: Tail;
}

/** A source: each line of the configured access logs becomes an observation of its environment. */
@Injectable()
export class AccessLogService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('AccessLogService');
  private readonly logs: readonly FollowedLog[];
  private readonly store: PositionStore | undefined;
  /** Half of the time that a stop may take: the other half is for those who fetch what was read. */
  private readonly lastReadMilliseconds: number;
  private polling: NodeJS.Timeout | undefined;
  private saving: NodeJS.Timeout | undefined;
  /** The notes of where reading stands that have begun, which follow one another. */
  private saves: Promise<void> = Promise.resolve();
  /** Why positions could not be noted the last time. */
  private unsaved: string | undefined;

  constructor(
    @Inject(SETTINGS)
    { ACCESS_LOGS, ACCESS_LOG_START, SHUTDOWN_TIMEOUT_SECONDS, STATE_DIR }: FilesSettings & LifecycleSettings,
    private readonly recorder: RecorderService,
  ) {
    recorder.configure('access_log');
    this.lastReadMilliseconds = SHUTDOWN_TIMEOUT_SECONDS * 500;
    this.store = STATE_DIR === undefined ? undefined : new PositionStore(STATE_DIR);
    this.logs = ACCESS_LOGS.map(({ env, path }) => ({
      path,
      tail: new Tail({
        path,
        start: ACCESS_LOG_START,
        onLine: (text, begin, end) => this.record(env, text, begin, end),
        logger: this.logger,
      }),
    }));
  }

  /** @throws {SettingsError} if positions could not be kept in STATE_DIR */
  async onModuleInit(): Promise<void> {
    await this.store?.check().catch((error: unknown) => {
      throw new SettingsError(`Cannot start, because STATE_DIR cannot be written to: ${messageOf(error)}`);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const positions = (await this.store?.load().catch((error: unknown) => this.discard(error))) ?? {};
    for (const { path, tail } of this.logs) {
      const resumed = Object.hasOwn(positions, path) ? positions[path] : undefined;
      if (resumed) await tail.resume(resumed);
      await tail.begin();
      this.logger.log(`Following ${path}${resumed ? ', where the last run stopped' : ''}`);
    }
    void this.poll();
    this.polling = setInterval(() => void this.poll(), POLL_INTERVAL);
    this.saving = setInterval(() => void this.save(), SAVE_INTERVAL);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.polling);
    clearInterval(this.saving);
    if (this.polling) await this.readRest();
    await this.stop();
    await this.save();
    await Promise.all(this.logs.map(({ tail }) => tail.close()));
  }

  /** Reads what is there. Of a backlog that takes too long, the rest is left to the next run. */
  private async readRest(): Promise<void> {
    const enough = setTimeout(() => void this.stop(), this.lastReadMilliseconds);
    await this.poll(); // may join one that is past the end of a file that has grown since
    await this.poll();
    clearTimeout(enough);
  }

  private async stop(): Promise<void> {
    await Promise.all(this.logs.map(({ tail }) => tail.stop()));
  }

  /** Reads what has come in all files. */
  async poll(): Promise<void> {
    await Promise.all(this.logs.map(({ tail }) => tail.poll()));
  }

  /** Notes where reading stands, once all notes that were begun before are made: a later one is never overwritten by an earlier. */
  save(): Promise<void> {
    this.saves = this.saves.then(() => this.note());
    return this.saves;
  }

  private async note(): Promise<void> {
    if (!this.store) return;
    try {
      const positions: Positions = {};
      for (const { path, tail } of this.logs) {
        const standing = await tail.positions();
        if (standing) positions[path] = standing;
      }
      await this.store.save(positions);
      this.unsaved = undefined;
    } catch (error) {
      if (this.unsaved !== messageOf(error))
        this.logger.warn(`Cannot note where reading stands: ${messageOf(error)}`);
      this.unsaved = messageOf(error);
    }
  }

  private record(env: string, text: string | undefined, start: number, end: number): void {
    const parsed = text === undefined ? 'line_too_long' : parseLine(text, start, end);
    if (typeof parsed === 'string') {
      this.recorder.refuse('access_log', parsed);
      return;
    }
    const { statuscode, seconds } = parsed;
    this.recorder.offer(
      'access_log',
      seconds === undefined ? { env, statuscode } : { env, statuscode, seconds },
    );
  }

  private discard(error: unknown): undefined {
    this.logger.warn(
      `What STATE_DIR holds is not used, as it is not what an earlier run wrote: ${messageOf(error)}`,
    );
  }
}
