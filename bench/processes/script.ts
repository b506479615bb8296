import { compiled } from '../paths.js';
import { Child, type ChildOptions } from './child.js';

/** The command that runs a compiled script of this folder with a job, which it finds as JSON in its first argument. */
export function scriptCommand(path: string, job: unknown = {}): string[] {
  return [process.execPath, compiled(path), JSON.stringify(job)];
}

/** Runs a program to its end and reads each line that it prints as JSON. */
export async function jsonLines<T>(command: readonly string[], options: ChildOptions): Promise<T[]> {
  const child = new Child(command, options, 'read');
  const outcomes: T[] = [];
  for await (const line of child.lines()) outcomes.push(JSON.parse(line));
  await child.succeeded();
  return outcomes;
}

/** Runs a script of this folder, which prints its outcome as one line of JSON. */
export async function outcomeOf<T>(path: string, job: unknown, options: ChildOptions): Promise<T> {
  const command = scriptCommand(path, job);
  const [outcome] = await jsonLines<T>(command, options);
  if (outcome === undefined) throw new Error(`${path} printed nothing`);
  return outcome;
}
