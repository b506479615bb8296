// CONFIG_FILE: a YAML map from names of settings to values, which become strings and lists of strings. Scalars keep their text,
// so that `1.10` and `off` mean the same as in an environment variable.
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { messageOf } from '../platform/message-of.js';
import { SettingsError } from './token.js';

export interface ConfigFile {
  readonly path: string;
  /** Values by name. They are checked later with the environment, so they may still hold nested lists and maps. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** @throws {SettingsError} if the file cannot be read or is not a YAML map; the message quotes no line, which may hold a secret */
export function readConfigFile(path: string): ConfigFile {
  const refuse = (problems: readonly string[]): never => {
    const lines = problems.map((problem) => `  CONFIG_FILE=${JSON.stringify(path)} ${problem}`);
    throw new SettingsError(['Invalid configuration:', ...lines].join('\n'));
  };
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    refuse([`cannot be read: ${messageOf(error)}`]);
  }
  const document = parseDocument(text, { schema: 'failsafe', resolveKnownTags: false, stringKeys: true });
  const problems = [...document.errors, ...document.warnings].map(
    ({ message, linePos }) =>
      `is not valid YAML: ${withoutText(message)} at line ${linePos?.[0].line}, column ${linePos?.[0].col}`,
  );
  if (problems.length > 0) refuse(problems);
  let values: unknown;
  try {
    values = document.toJS() ?? {};
  } catch (error) {
    refuse([`is not valid YAML: ${withoutText(messageOf(error))}`]); // for example an alias without its anchor
  }
  return isMap(values) ? { path, values } : refuse(['must hold lines like `PORT: 8080`']);
}

/** Removes the position and the text of the file from a message of the parser: the text may be a secret. */
function withoutText(message: string): string {
  return message.replace(/( at line |(?<=[\w)]): | ?[!%&*\\]).*$/s, '');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
