import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../platform/message-of.js';
import { printable } from '../../platform/printable.js';
import { textOf } from '../../formats/parse-body.js';

/** Why a body could not be read: the status code of the response, the reason for the metric, and a message. */
export class BodyError extends Error {
  constructor(
    readonly status: number,
    readonly reason: 'too_large' | 'unsupported_media_type' | 'incomplete' | 'not_json',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a UTF-8 body of at most `limit` bytes, after decompression if it is gzipped. Body-parsing middleware would read a
 * body that is too large to its end before responding. Here the rest is discarded after the response.
 *
 * @throws {BodyError} if the body is too large, incomplete, or in another encoding
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length']) > limit) throw tooLarge(limit);
  const stream = inflated(request);
  try {
    return inUtf8(await collect(stream, limit));
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError(400, 'incomplete', `the body cannot be read: ${messageOf(error)}`);
  } finally {
    if (stream !== request) stream.destroy();
    if (!request.readableEnded) request.unpipe().resume();
  }
}

/**
 * Listens to events, because asynchronous iteration costs more than the rest of a small request. Chunks after the first are
 * copied: each has an overhead of some hundred bytes, and a body may arrive in chunks of one byte.
 */
function collect(stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) reject(new Error('the connection is closed'));
    let body: Buffer = Buffer.alloc(0);
    let length = 0;
    stream.on('data', (piece: Buffer) => {
      const end = length + piece.length;
      if (end > limit) {
        reject(tooLarge(limit));
        return;
      }
      if (length === 0) body = piece;
      else {
        if (end > body.length) body = withRoom(body, Math.min(limit, Math.max(end, 2 * body.length)));
        piece.copy(body, length);
      }
      length = end;
    });
    stream.on('end', () => resolve(length === body.length ? body : body.subarray(0, length)));
    stream.on('error', reject).on('close', () => reject(new Error('the connection is closed')));
  });
}

function withRoom(body: Buffer, bytes: number): Buffer {
  const larger = Buffer.allocUnsafe(bytes);
  body.copy(larger);
  return larger;
}

function inUtf8(body: Buffer): Buffer {
  const text = textOf(body);
  if (text === undefined) throw new BodyError(400, 'not_json', 'the body cannot be read: it is not UTF-8');
  return text;
}

function inflated(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return request;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new BodyError(
      415,
      'unsupported_media_type',
      `Content-Encoding must be gzip or absent; it was ${printable(encoding.slice(0, 100))}`,
    );
  }
  const gunzip = createGunzip();
  request.once('error', (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}

function tooLarge(limit: number): BodyError {
  return new BodyError(413, 'too_large', `the body is larger than ${limit} bytes`);
}
