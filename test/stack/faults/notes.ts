import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const notes = z.object({ paths: z.record(z.string(), z.array(z.object({ offset: z.number() }))) });

/** The bytes that STATE_DIR says were read of the file that a path had last; 0 as long as nothing is noted. */
export function notedOffset(directory: string): number {
  const file = join(directory, 'access-log-positions.json');
  if (!existsSync(file)) return 0;
  const { paths } = notes.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.values(paths)[0]?.at(-1)?.offset ?? 0;
}
