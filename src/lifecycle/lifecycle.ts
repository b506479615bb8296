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

/** Turns of the event loop: the current one ends, waiting connections are accepted, their data is read. */
const TURNS = 3;

/** Resolves when all data that had arrived from clients at the time of the call is read. */
export async function arrivals(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}

/** Resolves when the work is done or the signal is aborted. */
export async function unlessAborted(work: readonly Promise<unknown>[], signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await Promise.race([Promise.all(work), once(signal, 'abort')]);
}

/** Share of the shutdown timeout after which sources are told to finish. The rest is left for the final scrapes. */
const SOURCES_SHARE = 0.5;

/** Share of the shutdown timeout after which unfinished sources are no longer awaited, so that the rest can be scraped. */
const LATEST_SHARE = 0.6;

/** Knows whether the service is starting, ready or shutting down, and when a shutdown must be over. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  phase: 'starting' | 'ready' | 'shutting down' = 'starting';
  /** When the shutdown must be over, by the clock of `performance`, in milliseconds. */
  deadline = Infinity;
  private readonly overdueController = new AbortController();
  private readonly lateController = new AbortController();
  /** Aborted at the deadline, which is one for the whole shutdown. */
  readonly overdue = this.overdueController.signal;
  /** Aborted at half of that time: sources must finish then, so that scrapers have time to fetch the last counts. */
  readonly late = this.lateController.signal;
  private readonly logger = new Logger('Lifecycle');
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly sources = new Map<string, () => unknown>();
  private readonly unfinished = new Map<string, Promise<unknown>>();
  private stopped: Promise<void> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: LifecycleSettings) {}

  /** The work that the shutdown still waits for. */
  get pending(): string[] {
    return [...this.unfinished.keys()];
  }

  onApplicationBootstrap(): void {
    this.phase = 'ready';
  }

  /**
   * Registers how to stop a source. All sources stop at once, at the beginning of the shutdown.
   *
   * @param name for the log: what the source reads
   * @param stop accepts nothing new, and resolves when everything accepted is recorded and answered
   */
  onStop(name: string, stop: () => unknown): void {
    this.sources.set(name, stop);
  }

  /**
   * Begins the shutdown: the service is no longer ready, refuses observations, and the timeout runs. Stops all sources at once.
   * Resolves when they have stopped, or should no longer be awaited.
   */
  stop(): Promise<void> {
    this.stopped ??= this.stopSources();
    return this.stopped;
  }

  /** Resolves when nothing is pending any more, or at the deadline. */
  finished(): Promise<void> {
    return unlessAborted([...this.unfinished.values()], this.overdue);
  }

  /** Lists some work as pending until it succeeds or fails. */
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
