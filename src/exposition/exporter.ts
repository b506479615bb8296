import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { PrintingRegistry } from '../metrics/print.js';

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

  constructor(private readonly registry: PrintingRegistry) {}

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
    return new Exposition(await this.registry.page(), time);
  }
}
