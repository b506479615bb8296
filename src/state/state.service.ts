import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { messageOf } from '../platform/message-of.js';
import { SETTINGS, SettingsError } from '../settings/token.js';
import { type SavedState, StateDirectory } from './state-directory.js';
import type { StateSettings } from './state.settings.js';

/** Milliseconds from the start within which a scraper that announces itself is expected. */
const FIRST_SCRAPE_WITHIN = 300_000;

/** Milliseconds without a scrape after which the service counts as not scraped. */
const SCRAPED_WITHIN = 86_400_000;

/** Milliseconds between two saves if nobody scrapes. */
const SAVE_INTERVAL = 1_000;

/** Milliseconds that a scrape waits for the disk. */
const PATIENCE = 1_000;

/** Most states that are prepared on the disk or wait to be: as many as there can be known scrapers. */
const SLOTS = 16;

/** The state of all sources at the time a page was rendered. */
export interface Checkpoint {
  readonly number: number;
  readonly text: string;
  /** Resolves when the write has ended; scrapers that share a page share the write. */
  written?: Promise<void>;
}

/**
 * Saves the state of the sources in STATE_DIR, so that a restart resumes from it, even after a kill. The saved state belongs
 * to the newest page that a scraper fetched. What was counted after that page is lost with the process and read again, so
 * Prometheus neither misses it nor counts it twice. If no scraper announces itself, the current state is saved every second.
 */
@Injectable()
export class StateService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('StateService');
  private readonly directory: StateDirectory | undefined;
  /** The state that each source saved in an earlier run, later its state at the start of this run. */
  private sources: SavedState['sources'] = {};
  private readonly snapshots = new Map<string, () => unknown>();
  /** Whether a scraper that announces itself fetched a page, in this run or an earlier one. */
  private scraped = false;
  /** When the last page was fetched, or the service started; by the clock of `performance`. */
  private since = performance.now();
  private inForce: Checkpoint = { number: 0, text: '' };
  private last = 0;
  /** States that are on the disk but not current, by slot. */
  private readonly prepared: (Checkpoint | undefined)[] = [];
  private waiting = 0;
  private turn = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** The last reported problem, without the name of a file. */
  private trouble: string | undefined;

  constructor(
    @Inject(SETTINGS) { STATE_DIR }: StateSettings,
    private readonly lifecycle: Lifecycle,
  ) {
    this.directory = STATE_DIR === undefined ? undefined : new StateDirectory(STATE_DIR);
  }

  /** @throws {SettingsError} if STATE_DIR cannot be used */
  async onModuleInit(): Promise<void> {
    const locked = await this.directory?.acquire().catch((error: unknown) => {
      throw new SettingsError(`Cannot start, because STATE_DIR cannot be used: ${messageOf(error)}`);
    });
    if (locked === false) {
      this.logger.warn('Cannot lock STATE_DIR on this file system: make sure that no other process uses it');
    }
    const saved = await this.directory?.load().catch((error: unknown) => {
      this.logger.warn(`Ignoring the saved state in STATE_DIR: ${messageOf(error)}`);
    });
    if (saved) ({ sources: this.sources, scraped: this.scraped } = saved);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.lifecycle.track('the state', async () => {
      if (this.snapshots.size > 0 && (!this.scraped || this.isUnscraped())) await this.saveCurrent();
      this.directory?.release();
    });
  }

  /** The state of a source that an earlier run saved, if any. */
  stateOf(source: string): unknown {
    return this.sources[source];
  }

  /**
   * Begins to save the state of a source.
   *
   * @param initial the state at the start of this run, which stays saved until a page is fetched
   * @param snapshot returns the state that matches everything recorded at the time of the call
   */
  async keep(source: string, initial: unknown, snapshot: () => unknown): Promise<void> {
    if (!this.directory) return;
    this.sources[source] = initial;
    await this.save(this.take(this.scraped, this.sources));
    this.snapshots.set(source, snapshot);
    this.timer ??= setInterval(() => this.isUnscraped() && void this.saveCurrent(), SAVE_INTERVAL);
  }

  /** Takes the state that belongs to a page, in the same turn in which the page is rendered; undefined if none is saved. */
  checkpoint(): Checkpoint | undefined {
    return this.snapshots.size === 0 ? undefined : this.take(true);
  }

  /** Writes the state of a page to the disk before the page is sent to a scraper. */
  async prepare(checkpoint: Checkpoint): Promise<void> {
    checkpoint.written ??= this.write(checkpoint);
    const late = setTimeout(PATIENCE, 'late' as const, { ref: false });
    if ((await Promise.race([checkpoint.written, late])) === 'late') {
      this.report(`no answer from its disk for ${PATIENCE} ms`);
    }
  }

  /** Makes the state of a page current, after a scraper has fetched the page completely. */
  fetched(checkpoint: Checkpoint): void {
    this.since = performance.now();
    this.scraped = true;
    this.putInForce(checkpoint);
  }

  private take(scraped: boolean, sources = this.current()): Checkpoint {
    const state: SavedState = { version: 2, scraped, sources };
    return { number: ++this.last, text: JSON.stringify(state) };
  }

  private current(): SavedState['sources'] {
    const current = [...this.snapshots].map(([source, snapshot]) => [source, snapshot()] as const);
    return { ...this.sources, ...Object.fromEntries(current) };
  }

  private isUnscraped(): boolean {
    return performance.now() - this.since > (this.scraped ? SCRAPED_WITHIN : FIRST_SCRAPE_WITHIN);
  }

  private async saveCurrent(): Promise<void> {
    await this.save(this.take(false));
  }

  private async save(checkpoint: Checkpoint): Promise<void> {
    await this.write(checkpoint);
    this.putInForce(checkpoint);
  }

  /** Writes one state at a time, so that a disk that hangs blocks one thread only. The others read logs and compress pages. */
  private async write(checkpoint: Checkpoint): Promise<void> {
    if (this.waiting >= SLOTS) return;
    this.waiting++;
    this.turn = this.turn.then(() => this.writeNow(checkpoint)).finally(() => this.waiting--);
    await this.turn;
  }

  /** Skips a state that is current and will stay so. The slot of a page that nobody fetched is reused. */
  private async writeNow(checkpoint: Checkpoint): Promise<void> {
    const { number, text } = checkpoint;
    const isOlder = (other: Checkpoint | undefined): boolean => !other || other.number < this.inForce.number;
    if (text === this.inForce.text && this.prepared.every(isOlder)) return;
    this.prepared[number % SLOTS] = undefined;
    await this.directory?.prepare(number % SLOTS, text).then(
      () => (this.prepared[number % SLOTS] = checkpoint),
      (error: unknown) => this.report(error),
    );
  }

  private putInForce(checkpoint: Checkpoint): void {
    const { number, text } = checkpoint;
    if (number < this.inForce.number) return;
    if (text === this.inForce.text) this.inForce = checkpoint;
    if (this.prepared[number % SLOTS] !== checkpoint) return;
    this.prepared[number % SLOTS] = undefined;
    try {
      this.directory?.commit(number % SLOTS);
      this.inForce = checkpoint;
      this.trouble = undefined;
    } catch (error) {
      this.report(error);
    }
  }

  /** Logs why the state cannot be saved, once until the reason changes. */
  private report(problem: unknown): void {
    const message = messageOf(problem);
    const [trouble] = message.split(','); // without the name of the file, which varies
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.logger.warn(`Cannot save the state in STATE_DIR, keeping the last one: ${message}`);
  }
}
