import express, { type Request, type Response } from 'express';
import { z } from 'zod';

/** Why a body could not be read: its status code, what to count it as, and a sentence. */
export class BodyError extends Error {
  constructor(
    readonly status: number,
    readonly reason: 'too_large' | 'unsupported_media_type' | 'incomplete',
    message: string,
  ) {
    super(message);
  }
}

/** What body-parser throws: https://github.com/expressjs/body-parser#errors */
const parserError = z.object({ status: z.int(), type: z.string().optional(), message: z.string() });

/** Makes a function that reads a body of at most `limit` bytes, inflating it if it is compressed, as UTF-8. */
export function bodyReader(limit: number): (request: Request, response: Response) => Promise<string> {
  const read = express.raw({ type: () => true, limit });
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return async (request, response) => {
    await new Promise<void>((resolve, reject) => {
      read(request, response, (error: unknown) =>
        error === undefined ? resolve() : reject(bodyError(error)),
      );
    });
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body)) return ''; // the request has none
    try {
      return utf8.decode(body);
    } catch {
      throw new BodyError(400, 'incomplete', 'the body is not UTF-8');
    }
  };
}

function bodyError(error: unknown): unknown {
  const { data } = parserError.safeParse(error);
  if (!data) return error;
  switch (data.type) {
    case 'entity.too.large':
      return new BodyError(413, 'too_large', 'the body is larger than allowed');
    case 'encoding.unsupported':
      return new BodyError(415, 'unsupported_media_type', data.message);
    default:
      return new BodyError(data.status, 'incomplete', data.message);
  }
}
