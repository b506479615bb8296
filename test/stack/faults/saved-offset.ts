import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const state = z.object({
  sources: z.object({
    access_log: z.object({ paths: z.record(z.string(), z.array(z.object({ offset: z.number() }))) }),
  }),
});

/** The bytes that STATE_DIR says were read of the file that a path had last; 0 as long as nothing is saved. */
export function savedOffset(directory: string): number {
  const file = `${directory}/state.json`;
  if (!existsSync(file)) return 0;
  const { paths } = state.parse(JSON.parse(readFileSync(file, 'utf8'))).sources.access_log;
  return Object.values(paths)[0]?.at(-1)?.offset ?? 0;
}
