import * as z from 'zod';
import type { Position } from './log-file.js';

const position = z.strictObject({
  device: z.string(),
  inode: z.string(),
  born: z.string().regex(/^\d+$/),
  truncated: z.boolean(),
  offset: z.int().min(0),
  before: z.base64(),
  finished: z.boolean().optional(),
}) satisfies z.ZodType<Position>;

const positions = z.object({
  /** When a line was read for the last time, in milliseconds since 1970; earlier versions did not save it. */
  time: z.number().default(() => Date.now()),
  /** By the path that is followed: where reading stands in its files. */
  paths: z.record(z.string(), z.array(position)),
});

/** What this source saves in STATE_DIR. */
export type Positions = z.infer<typeof positions>;

/** @throws {Error} if it is not what this source or an earlier version of it saves */
export function parsePositions(state: unknown): Positions {
  return positions.parse(state);
}
