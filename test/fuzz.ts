// Generated input: the same in every `npm test`; more of it, and other each time, in `npm run fuzz`.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';

const { FUZZ_RUNS, FUZZ_SEED } = process.env;

/** Inputs that each property test gets. */
export const fuzzRuns = Number(FUZZ_RUNS ?? 250);

/** All input follows from it. A failure names it, and FUZZ_SEED repeats it. */
export const fuzzSeed = Number(FUZZ_SEED ?? (FUZZ_RUNS === undefined ? 1 : randomInt(2 ** 31)));

fc.configureGlobal({ seed: fuzzSeed });
