import { parseArgs } from 'node:util';

/** How a server takes what is pushed to it, where it differs from service-collector. */
export interface Dialect {
  /** The path that takes newline-delimited JSON. */
  path: string;
  /** The `event` of a WebSocket message whose `data` is one observation. */
  single: string;
  /** The `event` of a WebSocket message whose `data` is an array of observations. */
  batch: string;
}

/** A program that is compared with service-collector, and the command that starts it. */
export interface Foreign {
  name: string;
  command: string;
}

export interface Options {
  /** The benches to run; empty for all that need not be named. */
  names: string[];
  rounds: number;
  quick: boolean;
  json: boolean;
  help: boolean;
  /** How long a soak takes. */
  minutes: number;
  peers: (Foreign & { dialect: Dialect | undefined })[];
  measures: Foreign[];
}

export const USAGE = `npm run bench -- [options] [name…]

  --rounds N                 rounds in which the candidates take turns (5)
  --quick                    one short round: to see that everything works, not how fast it is
  --minutes N                how long the soak takes (10)
  --json                     one JSON document on standard output instead of tables
  --peer NAME=COMMAND        compares with another server that has the same routes. PORT tells it where to listen,
                             PREFILL=1 to start with a response_code series for each code from 100 to 598
  --dialect NAME=PATH,SINGLE,BATCH
                             what that server takes instead of /observations, and instead of the event "observations"
                             for one observation and for an array of them
  --measure NAME=COMMAND     compares with another program's costs in process. It is run with the argument "record" or
                             "encode" and prints lines {"what":…,"ns":…}: "labels" for one observation, "998" and
                             "100000" for one exposition of so many series
`;

/** @throws {Error} that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '10' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] },
      dialect: { type: 'string', multiple: true, default: [] },
      measure: { type: 'string', multiple: true, default: [] },
    },
  });
  const dialects = new Map(values.dialect.map(dialectOf));
  const peers = values.peer.map((text) => foreignOf('peer', text));
  for (const name of dialects.keys()) {
    if (!peers.some((peer) => peer.name === name))
      throw new Error(`--dialect ${name}: there is no such --peer`);
  }
  return {
    names: positionals,
    rounds: values.quick ? 1 : positive('rounds', values.rounds),
    minutes: positive('minutes', values.minutes),
    quick: values.quick,
    json: values.json,
    help: values.help,
    peers: peers.map(({ name, command }) => ({ name, command, dialect: dialects.get(name) })),
    measures: values.measure.map((text) => foreignOf('measure', text)),
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option} ${text}: has to be an integer above 0`);
}

function foreignOf(option: string, text: string): Foreign {
  const [, name, command] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || command === undefined)
    throw new Error(`--${option} ${text}: has to be NAME=COMMAND`);
  return { name, command };
}

function dialectOf(text: string): [string, Dialect] {
  const [, name, path, single, batch] = /^([^=]+)=(\/[^,]*),([^,]+),([^,]+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined || single === undefined || batch === undefined) {
    throw new Error(`--dialect ${text}: has to be NAME=PATH,SINGLE,BATCH`);
  }
  return [name, { path, single, batch }];
}
