import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARIES = '/usr/lib';

/** Debian keeps it in the folder of the machine's architecture. */
const library = readdirSync(LIBRARIES)
  .map((folder) => join(LIBRARIES, folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

/** The variables that put libfaketime between a process and its clocks; its own say what the clocks show. */
export const fakeTime: NodeJS.ProcessEnv = {
  LD_PRELOAD: library ?? 'libfaketimeMT.so.1',
  FAKETIME_NO_CACHE: '1',
  NO_FAKE_STAT: '1',
};
