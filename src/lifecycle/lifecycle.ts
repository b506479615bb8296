import { setImmediate } from 'node:timers/promises';
import { once } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { messageOf } from '../platform/message-of.js';
import { SETTINGS } from '../settings/token.js';
import type { LifecycleSettings } from './lifecycle.settings.js';

/** Turns of the event loop: the one in progress ends, connections that wait are accepted, what they sent is read. */
const TURNS = 3;

/** Resolves when what clients had sent at the time of the call, and has arrived, is read. */
export async function arrivals(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}

/** Resolves when some work is done, or has to be left. */
export async function unlessAborted(work: readonly Promise<unknown>[], signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await Promise.race([Promise.all(work), once(signal, 'abort')]);
}

/** Share of a stop's time after which the sources are told to finish: the rest is for those who fetch what was recorded. */
const SOURCES_SHARE = 0.5;

/** Share of a stop's time after which sources that have not finished are not waited for, so that the rest can be scraped. */
const LATEST_SHARE = 0.6;

/** Whether the service is on its way up, up, or on its way down, and when a stop has to be over. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  phase: 'starting' | 'ready' | 'shutting down' = 'starting';
  /** When a stop has to be over, by the clock of `performance`, in milliseconds. */
  deadline = Infinity;
  private readonly overdueController = new AbortController();
  private readonly lateController = new AbortController();
  /** Aborted at the deadline, of which there is one for the whole stop. */
  readonly overdue = this.overdueController.signal;
  /** Aborted when half of that time is over: a source has to finish then, or nobody may have the time to fetch its last counts. */
  readonly late = this.lateController.signal;
  private readonly logger = new Logger('Lifecycle');
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly sources = new Map<string, () => unknown>();
  private readonly unfinished = new Map<string, Promise<unknown>>();
  private stopped: Promise<void> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: LifecycleSettings) {}

  /** What a stop still waits for. */
  get pending(): string[] {
    return [...this.unfinished.keys()];
  }

  onApplicationBootstrap(): void {
    this.phase = 'ready';
  }

  /**
   * Has a source stopped with all others, at the beginning of a stop.
   *
   * @param name of what it reads, for the log
   * @param stop takes nothing new, and resolves when all that was accepted is recorded and answered
   */
  onStop(name: string, stop: () => unknown): void {
    this.sources.set(name, stop);
  }

  /**
   * Begins the stop: from now on the service is not ready, refuses observations, and its time runs. Stops all sources at once.
   * Resolves when they have stopped, or the others should not wait for them any longer.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopSources();
    return this.stopped;
  }

  /** Resolves when nothing is pending any more, or at the deadline. */
  finished(): Promise<void> {
    return unlessAborted([...this.unfinished.values()], this.overdue);
  }

  /** Shows something as pending until it has ended, however it ends. */
  async track(name: string, work: () => unknown): Promise<void> {
    const ended = (async () => work())()
      .catch((error: unknown) => this.logger.error(`Stopping ${name} failed: ${messageOf(error)}`))
      .finally(() => this.unfinished.delete(name));
    this.unfinished.set(name, ended);
    await ended;
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private async stopSources(): Promise<void> {
    this.phase = 'shutting down';
    const milliseconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS * 1000;
    this.deadline = performance.now() + milliseconds;
    const abortAfter = (controller: AbortController, share: number): AbortSignal => {
      this.timers.push(setTimeout(() => controller.abort(), share * milliseconds));
      return controller.signal;
    };
    abortAfter(this.lateController, SOURCES_SHARE);
    abortAfter(this.overdueController, 1);
    const stops = [...this.sources].map(([name, stop]) => this.track(name, stop));
    await unlessAborted(stops, abortAfter(new AbortController(), LATEST_SHARE));
  }
}
