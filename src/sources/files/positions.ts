import * as z from 'zod';

/** Where reading stands in a file, so that it can go on after a restart. */
const position = z.strictObject({
  device: z.string(),
  inode: z.string(),
  /** When the file was made, in nanoseconds: what was rotated away before is older. */
  born: z.string().regex(/^\d+$/),
  /** Whether the file was truncated while it was read, so that files beside it are copies of what it held. */
  truncated: z.boolean(),
  /** Bytes of complete lines that were read. */
  offset: z.int().min(0),
  /** What stands in front of the offset: it tells whether the file is still the one that was read. */
  before: z.base64(),
  /** Whether all of it is read, and nothing more is expected. */
  finished: z.boolean().optional(),
});

const positions = z.object({
  /** When a line was read for the last time, in milliseconds since 1970; earlier versions did not save it. */
  time: z.number().default(() => Date.now()),
  /** By the path that is followed: where reading stands in its files. */
  paths: z.record(z.string(), z.array(position)),
});

export type Position = z.infer<typeof position>;

/** What a file is, whatever it is called at the moment. */
export type Identity = Pick<Position, 'device' | 'inode'>;

/** What this source saves in STATE_DIR. */
export type Positions = z.infer<typeof positions>;

/** @throws {Error} if it is not what this source or an earlier version of it saves */
export function parsePositions(state: unknown): Positions {
  return positions.parse(state);
}
