import type { Candidate, Sample } from './compare.js';
import type { Program } from './programs.js';
import { Server } from './server.js';

/** Unrecorded measurements, in which the server's code becomes as fast as it will be. */
const WARMUPS = 2;

/** A server that is started once and measured in all rounds. */
export function served(
  program: Program,
  start: (program: Program) => Promise<Server>,
  measure: (server: Server) => Promise<Sample>,
): Candidate {
  let server: Server | undefined;
  return {
    name: program.name,
    prepare: async () => {
      server = await start(program);
      for (let i = 0; i < WARMUPS; i++) await measure(server);
    },
    measure: () => {
      if (!server) throw new Error(`${program.name} is not prepared`);
      return measure(server);
    },
  };
}
