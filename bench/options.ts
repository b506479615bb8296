import { parseArgs } from 'node:util';

/** A program outside this repository that is compared with the service. */
export interface Foreign {
  name: string;
  command: string;
}

export interface Options {
  /** The benches to run; all but the soak if there are none. */
  names: string[];
  rounds: number;
  /** How long the soak takes. */
  minutes: number;
  quick: boolean;
  help: boolean;
  peers: Foreign[];
  /** What a peer takes where it differs from the service, by its name: path, event of one observation, event of many. */
  dialects: Map<string, string[]>;
  measures: Foreign[];
}

export const USAGE = `npm run bench -- [options] [name…]

  --rounds N                             how often each candidate has its turn (5)
  --quick                                one short round, to see that everything works
  --minutes N                            how long the soak takes (10)
  --peer NAME=COMMAND                    compares with another server that has the same routes. PORT tells it where to
                                         listen, PREFILL=1 to start with all 998 response_code series
  --dialect NAME=PATH,SINGLE,BATCH       what that server takes instead of /observations, and instead of the event
                                         "observations" for one observation and for an array
  --measure NAME=COMMAND                 compares with the in-process costs of another program. It gets the argument
                                         "record" or "encode" and prints lines {"what":…,"ns":…}, where "what" is
                                         "labels" for one observation, "998" or "100000" for a page of so many series
`;

/** @throws {Error} that says what is wrong with the arguments */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '10' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] },
      dialect: { type: 'string', multiple: true, default: [] },
      measure: { type: 'string', multiple: true, default: [] },
    },
  });
  return {
    names: positionals,
    rounds: values.quick ? 1 : positive(values.rounds),
    minutes: positive(values.minutes),
    quick: values.quick,
    help: values.help,
    peers: values.peer.map(foreign),
    dialects: new Map(
      values.dialect.map(foreign).map(({ name, command }): [string, string[]] => [name, command.split(',')]),
    ),
    measures: values.measure.map(foreign),
  };
}

function positive(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${text} must be an integer above 0`);
}

function foreign(text: string): Foreign {
  const [, name, command] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || command === undefined) throw new Error(`${text} must be NAME=VALUE`);
  return { name, command };
}
