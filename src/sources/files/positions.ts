import * as z from 'zod';

/** The position in a file, to resume from after a restart. */
const position = z.strictObject({
  device: z.string(),
  inode: z.string(),
  /** When the file was created, in nanoseconds. Files that were rotated away before are older. */
  born: z.string().regex(/^\d+$/),
  /** Whether the file was truncated while it was read, so that rotated files are copies of its earlier content. */
  truncated: z.boolean(),
  /** Bytes of complete lines that were read. */
  offset: z.int().min(0),
  /** The bytes before the offset, which show whether it is still the same file. */
  before: z.base64(),
  /** Whether the file is read completely, and nothing more is expected. */
  finished: z.boolean().optional(),
});

const positions = z.object({
  /** When a line was last read, in milliseconds since 1970. Earlier versions did not save it. */
  time: z.number().default(() => Date.now()),
  /** The positions in the files of each followed path. */
  paths: z.record(z.string(), z.array(position)),
});

export type Position = z.infer<typeof position>;

/** Identifies a file, whatever its name. */
export type Identity = Pick<Position, 'device' | 'inode'>;

/** The state of this source in STATE_DIR. */
export type Positions = z.infer<typeof positions>;

/** @throws {Error} if it is not a state of this source or of an earlier version */
export function parsePositions(state: unknown): Positions {
  return positions.parse(state);
}
