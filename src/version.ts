import { readFileSync } from 'node:fs';
import { ROOT } from './root.js';

const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));

/** The service's version, as in package.json. */
export const VERSION = version;
