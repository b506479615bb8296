import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { PrintingRegistry } from '../metrics/print.js';
import { type Checkpoint, StateService } from '../state/state.service.js';

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
 * Renders the registry. Scrapes that arrive together share one render; it begins only after they have arrived, so
 * nobody is shown a count older than their request.
 */
@Injectable()
export class Exporter {
  private next: Promise<Exposition> | undefined;

  constructor(
    private readonly registry: PrintingRegistry,
    private readonly state: StateService,
  ) {}

  get contentType(): string {
    return this.registry.contentType;
  }

  render(): Promise<Exposition> {
    this.next ??= this.renderSoon();
    return this.next;
  }

  private async renderSoon(): Promise<Exposition> {
    await setImmediate();
    this.next = undefined;
    const time = performance.now();
    let checkpoint: Checkpoint | undefined;
    const page = await this.registry.page(() => (checkpoint = this.state.checkpoint()));
    return new Exposition(page, time, checkpoint);
  }
}
