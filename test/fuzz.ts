/** Inputs that each property test of a parser gets: some, or as many as `npm run fuzz` says. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 2000);
