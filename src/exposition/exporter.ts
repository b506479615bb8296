import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { Registry } from '../metrics/registry.js';
import { TextFormat } from '../metrics/text-format.js';
import { type Checkpoint, StateService } from '../state/state.service.js';
import { FirstIncrements } from './first-increments.js';

const compress = promisify(gzip);

/**
 * The text of one moment's metrics, not older than `time` by the clock of `performance`, in milliseconds; compressed at most once
 * however many scrapers ask for it.
 */
export class Exposition {
  private gzipped?: Promise<Buffer>;

  constructor(
    readonly bytes: Buffer,
    readonly time: number,
    /** The state of the sources at that moment; undefined where none is saved. */
    readonly checkpoint?: Checkpoint | undefined,
  ) {}

  gzip(): Promise<Buffer> {
    this.gzipped ??= compress(this.bytes);
    return this.gzipped;
  }
}

/**
 * Renders the registry. Scrapes of a kind that arrive together share one render; it begins only after they have arrived, so
 * that a scrape never returns counts older than its request.
 */
@Injectable()
export class Exporter {
  private readonly format = new TextFormat();
  private readonly next: Partial<Record<'announced' | 'usual', Promise<Exposition>>> = {};

  constructor(
    private readonly registry: Registry,
    private readonly state: StateService,
    private readonly firstIncrements: FirstIncrements,
  ) {}

  get contentType(): string {
    return this.format.contentType;
  }

  /** @param announced whether the page is for scrapers that announce themselves, who see new series at 0 first */
  render(announced = false): Promise<Exposition> {
    const kind = announced ? 'announced' : 'usual';
    return (this.next[kind] ??= this.renderSoon(kind));
  }

  private async renderSoon(kind: 'announced' | 'usual'): Promise<Exposition> {
    await setImmediate();
    delete this.next[kind];
    const time = performance.now();
    if (kind === 'usual') return new Exposition(this.format.print(this.registry), time);
    return this.firstIncrements.print(
      time,
      () => new Exposition(this.format.print(this.registry), time, this.state.checkpoint()),
    );
  }
}
