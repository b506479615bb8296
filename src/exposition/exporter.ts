import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { ProtobufFormat } from '../metrics/protobuf-format.js';
import { Registry } from '../metrics/registry.js';
import { TextFormat } from '../metrics/text-format.js';
import { type Checkpoint, StateService } from '../state/state.service.js';
import { FirstIncrements } from './first-increments.js';

const compress = promisify(gzip);

export type Format = 'text' | 'protobuf';

/**
 * A rendered page of metrics, not older than `time` (milliseconds by the clock of `performance`). It is compressed at most once,
 * however many scrapers fetch it.
 */
export class Exposition {
  private gzipped?: Promise<Buffer>;

  constructor(
    readonly bytes: Buffer,
    readonly time: number,
    /** The state of the sources at that time; undefined if none is saved. */
    readonly checkpoint?: Checkpoint | undefined,
  ) {}

  gzip(): Promise<Buffer> {
    this.gzipped ??= compress(this.bytes);
    return this.gzipped;
  }
}

/**
 * Renders the registry. Scrapes of one kind that arrive together share a render. It begins only after they have arrived, so
 * a scrape never returns counts older than its request.
 */
@Injectable()
export class Exporter {
  private readonly formats = { text: new TextFormat(), protobuf: new ProtobufFormat() };
  private readonly next = new Map<string, Promise<Exposition>>();

  constructor(
    private readonly registry: Registry,
    private readonly state: StateService,
    private readonly firstIncrements: FirstIncrements,
  ) {}

  contentTypeOf(format: Format): string {
    return this.formats[format].contentType;
  }

  /** @param announced whether the page is for scrapers that announce themselves, which see new series at 0 first */
  render(announced = false, format: Format = 'text'): Promise<Exposition> {
    const kind = `${announced} ${format}`;
    const next = this.next.get(kind) ?? this.renderSoon(announced, format, () => this.next.delete(kind));
    this.next.set(kind, next);
    return next;
  }

  private async renderSoon(announced: boolean, format: Format, begin: () => void): Promise<Exposition> {
    await setImmediate();
    begin();
    const time = performance.now();
    const print = (): Buffer => this.formats[format].print(this.registry);
    if (!announced) return new Exposition(print(), time);
    return this.firstIncrements.print(time, () => new Exposition(print(), time, this.state.checkpoint()));
  }
}
