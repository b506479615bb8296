// Building blocks of settings. A room declares its settings in a file `*.settings.ts`: fields, which are schemas from the text of
// an environment variable to a value, with a description for docs/configuration.md. If settings depend on each other, it also
// has a generator of conflicts. src/settings.ts combines them.
import * as z from 'zod';
import { messageOf } from '../platform/message-of.js';

/** The values of the fields of a room. */
export type ValuesOf<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>>;

/**
 * Problems that involve more than one setting: the name of one of them, a message, and for a setting `…_<ENV>` the
 * environment part of its name.
 */
export type Conflicts<Settings> = Generator<[name: keyof Settings & string, message: string, env?: string]>;

export const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be an integer from ${min} to ${max}`,
    })
    .transform(Number);

/** Aliases of `on` and `off`. */
export const SWITCH = { true: 'on', false: 'off' } as const;

/** One of a few words, case-insensitive. `aliases` are other words for some of them. */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  values: T,
  aliases: Readonly<Record<string, T[number]>> = {},
) =>
  z
    .string()
    .transform((text) => aliases[text.toLowerCase()] ?? text.toLowerCase())
    .pipe(z.enum(values, { error: `must be one of ${values.join(', ')}` }));

/** The entries of a list, separated by commas or given as a list in CONFIG_FILE. */
export const list = () =>
  z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
    .transform((entries) => entries.map((entry) => entry.trim()));

/** Parses text with `use`; a list in CONFIG_FILE is joined by commas. An error that `use` throws becomes a problem of the setting. */
export const readable = <T>(use: (text: string) => T) =>
  z.union([z.string(), z.array(z.string()).transform(String)]).transform((text, context): T => {
    try {
      return use(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

/** Two settings that need each other, such as a certificate and its key. */
export function* needsBoth<Name extends string>(
  settings: Readonly<Partial<Record<Name, unknown>>>,
  first: Name,
  second: Name,
): Generator<[Name, string]> {
  if ((settings[first] === undefined) === (settings[second] === undefined)) return;
  yield [settings[first] === undefined ? second : first, `is incomplete: set both ${first} and ${second}`];
}

/** Checks that a setting names only entries of another setting's list. */
export function* onlyThoseOf<Name extends string>(
  known: readonly string[],
  setting: Name,
  what: string,
  names: readonly string[],
): Generator<[Name, string]> {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) yield [setting, `must name only ${what}; unknown: ${unknown.join(', ')}`];
}
