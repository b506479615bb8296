import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { randomNumbers } from './observations.js';

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const PATHS = ['/', '/cart', '/search?q=lamp', '/api/orders/', '/api/customers/', '/assets/site.css'];
const STATUS_CODES = [200, 200, 200, 200, 200, 201, 204, 301, 304, 400, 404, 404, 500, 502, 503];
const REFERERS = ['-', 'https://shop.example/', 'https://shop.example/cart?step=2'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'curl/8.9.1',
];

/** Lines that are written at once. */
const PIECE = 10_000;

/** Writes lines of nginx's `combined` format with `$request_time` at the end, the same in each run. */
export function writeAccessLog(path: string, lines: number): Promise<void> {
  const line = lineMaker();
  function* pieces(): Generator<string> {
    for (let done = 0; done < lines; done += PIECE) {
      yield Array.from({ length: Math.min(PIECE, lines - done) }, (_, i) => line(done + i)).join('');
    }
  }
  return pipeline(pieces, createWriteStream(path));
}

function lineMaker(): (index: number) => string {
  const random = randomNumbers();
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(values: readonly T[]): T | undefined => values[below(values.length)];
  return (index) => {
    const second = String(Math.floor(index / 1_000) % 60).padStart(2, '0');
    const minute = String(Math.floor(index / 60_000) % 60).padStart(2, '0');
    const address = `192.0.2.${below(256)}`;
    const request = `${oneOf(METHODS)} ${oneOf(PATHS)}${below(100_000)} HTTP/1.1`;
    const time = (random() * (random() < 0.95 ? 0.3 : 8)).toFixed(3);
    return `${address} - - [23/Nov/2026:10:${minute}:${second} +0000] "${request}" ${oneOf(STATUS_CODES)} ${below(50_000)} "${oneOf(REFERERS)}" "${oneOf(AGENTS)}" ${time}\n`;
  };
}
