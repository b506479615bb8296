// What the settings of every room are made of. A room declares its own in a file `*.settings.ts`: fields, each a schema from
// the text of an environment variable to a value, with a description for docs/configuration.md, and, where settings depend on
// each other, a generator of conflicts. src/settings.ts puts them together.
import * as z from 'zod';
import { messageOf } from '../platform/message-of.js';

/** The values that the fields of a room have. */
export type ValuesOf<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>>;

/**
 * What is wrong with settings that are right on their own: the name of one of them, a sentence about it, and for a setting
 * `…_<ENV>` what stands there.
 */
export type Conflicts<Settings> = Generator<[name: keyof Settings & string, message: string, env?: string]>;

export const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be an integer from ${min} to ${max}`,
    })
    .transform(Number);

/** What people write for `on` and `off`. */
export const SWITCH = { true: 'on', false: 'off' } as const;

/** One of a few words, in any case. `aliases` are other words for some of them. */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  values: T,
  aliases: Readonly<Record<string, T[number]>> = {},
) =>
  z
    .string()
    .transform((text) => aliases[text.toLowerCase()] ?? text.toLowerCase())
    .pipe(z.enum(values, { error: `must be one of ${values.join(', ')}` }));

/** The entries of a list: separated by commas, or a list of CONFIG_FILE. */
export const list = () =>
  z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
    .transform((entries) => entries.map((entry) => entry.trim()));

/** Reads a text with `use`; a list of CONFIG_FILE is joined by commas. An error that it throws becomes a problem of the setting. */
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

/** A setting may name only what another one lists. */
export function* onlyThoseOf<Name extends string>(
  known: readonly string[],
  setting: Name,
  what: string,
  names: readonly string[],
): Generator<[Name, string]> {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) yield [setting, `must name only ${what}; unknown: ${unknown.join(', ')}`];
}
