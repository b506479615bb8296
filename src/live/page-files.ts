import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { ROOT } from '../platform/package.js';

/** Media types by file extension, for the page's files in `public/`, which `npm run page` creates. */
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  md: 'text/plain; charset=utf-8',
};

/** The one with the smallest results first. */
export const ENCODINGS = ['br', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];

const COMPRESS = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** A file in memory, compressed once for each encoding, at the first request for it. */
export class PageFile {
  /** Weak, because it is the same for the compressed contents. */
  readonly etag: string;
  private readonly results = new Map<Encoding, Promise<Buffer>>();

  constructor(
    readonly type: string,
    readonly content: Buffer,
  ) {
    this.etag = `W/"${createHash('sha256').update(content).digest('base64url')}"`;
  }

  compressed(encoding: Encoding): Promise<Buffer> {
    const result = this.results.get(encoding) ?? COMPRESS[encoding](this.content);
    this.results.set(encoding, result);
    return result;
  }
}

/** The page's files. The service does not start without them. */
@Injectable()
export class PageFiles {
  /** Served at one path only, because its links are relative, so that a proxy may serve it under another path. */
  readonly index = new PageFile('text/html; charset=utf-8', read('index.html'));
  private readonly files = new Map(
    readdirSync(new URL('public', ROOT)).flatMap((name) => {
      const type = TYPES[extname(name).slice(1)];
      return type === undefined ? [] : [[name, new PageFile(type, read(name))]];
    }),
  );

  get(name: string): PageFile | undefined {
    return this.files.get(name);
  }
}

function read(name: string): Buffer {
  const url = new URL(`public/${name}`, ROOT);
  try {
    return readFileSync(url);
  } catch (cause) {
    throw new Error(`Cannot read ${url.pathname}, which "npm run page" makes`, { cause });
  }
}
