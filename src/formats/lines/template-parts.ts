// The parts of a format: literals, and variables with their meaning.
/** The meaning of a variable. */
export type Meaning = 'status' | 'seconds' | 'request' | 'method' | 'path' | 'service';

/**
 * The form of a variable's value: a `token` has no blanks, a `list` has them only after commas and around colons, `words` are a
 * fixed number of tokens, `bracketed` and `braced` are in brackets or braces and may be missing, `text` is anything.
 */
export type Shape = 'token' | 'list' | 'words' | 'bracketed' | 'braced' | 'text';

export interface Variable {
  is?: Meaning;
  /** Units of a duration per second, or NaN if the value includes its unit. */
  perSecond?: number;
  shape?: Shape;
  words?: number;
  /** Of two variables with the same meaning, the one with the higher rank counts. */
  rank?: number;
}

/** A variable at its position in a format. */
export interface Placed extends Variable {
  name: string;
  at: number;
}

export type Part = string | Placed;

/** A problem of a format, with its position. */
export function problemAt(at: number, detail: string): Error {
  return new Error(`at character ${at + 1}, ${detail}`);
}

const START_OF_PATH = Buffer.from('/');

export function highest(parts: readonly Part[], meaning: Meaning): Placed | undefined {
  let chosen: Placed | undefined;
  for (const part of parts) {
    if (typeof part === 'string' || part.is !== meaning) continue;
    if (!chosen || rankOf(part) > rankOf(chosen)) chosen = part;
  }
  return chosen;
}

/** Of several durations, prefers the one in the smallest unit, which is the most exact. */
function rankOf({ rank, perSecond = 0 }: Placed): number {
  return rank ?? perSecond;
}

/** Joins adjacent variables that do not matter. A path may follow a variable directly, because it begins with a slash. */
export function merge(parts: readonly Part[], counts: (part: Placed) => boolean): Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' || last === undefined || typeof last === 'string') merged.push(part);
    else if (!counts(last) && !counts(part)) {
      merged[merged.length - 1] = {
        ...last,
        shape: last.shape === 'text' ? 'text' : (part.shape ?? 'token'),
      };
    } else if (last.is === 'path' && !counts(part)) continue;
    else if (part.is === 'path') merged.push('', part);
    else {
      throw problemAt(
        part.at,
        `${part.name} follows ${last.name} with nothing between them, so their values cannot be told apart`,
      );
    }
  }
  return merged;
}

/** Checks that a variable with blanks in its value is not ended by a blank, if later values matter. */
export function checkTexts(parts: readonly Part[], chosen: ReadonlyMap<Meaning, Placed | undefined>): void {
  parts.forEach((part, i) => {
    if (typeof part === 'string' || part.shape !== 'text') return;
    const after = parts[i + 1];
    const matters = parts
      .slice(i + 1)
      .some((later) => typeof later !== 'string' && [...chosen.values()].includes(later));
    if (matters && /^ +$/.test(stopOf(after, parts[i + 2]).toString())) {
      throw problemAt(part.at, `${part.name} can hold blanks, so put it in quotes`);
    }
  });
}

/** The bytes that end a value: the slash of an adjacent path, or the literal after it, with the bracket that follows. */
export function stopOf(after: Part | undefined, next: Part | undefined): Buffer {
  if (after === '') return START_OF_PATH;
  const isBracket = typeof next === 'object' && next.shape === 'bracketed';
  return isBracket ? Buffer.concat([literal(after), Buffer.from('[')]) : literal(after);
}

export function literal(part: Part | undefined): Buffer {
  return Buffer.from(typeof part === 'string' ? part : '');
}
