// A format in pieces: literals, and variables with what they tell.
/** What a variable of a format tells. */
export type Meaning = 'status' | 'seconds' | 'request' | 'method' | 'path' | 'service';

/**
 * What the value of a variable looks like: a `token` has no blanks, a `list` has them only after commas and around colons, `words`
 * are a fixed number of tokens, `bracketed` and `braced` stand in brackets or braces, or are not there, `text` is anything.
 */
export type Shape = 'token' | 'list' | 'words' | 'bracketed' | 'braced' | 'text';

export interface Variable {
  is?: Meaning;
  /** Units of a duration in a second, or NaN if it names its unit itself. */
  perSecond?: number;
  shape?: Shape;
  words?: number;
  /** Where two variables tell the same, the higher one counts. */
  rank?: number;
}

/** A variable where it stands in a format. */
export interface Placed extends Variable {
  name: string;
  at: number;
}

export type Part = string | Placed;

/** Says what is wrong with a format, and where. */
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

/** Of durations, the one in the smallest unit is the most exact. */
function rankOf({ rank, perSecond = 0 }: Placed): number {
  return rank ?? perSecond;
}

/** Joins variables with nothing between them, where one of them is of no interest, or the second begins with a slash. */
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

/** A text of any words needs something else than a blank after it, if what follows matters. */
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

/** What ends a value: the slash of a path that follows at once, the literal after it, or that with a bracket. */
export function stopOf(after: Part | undefined, next: Part | undefined): Buffer {
  if (after === '') return START_OF_PATH;
  const isBracket = typeof next === 'object' && next.shape === 'bracketed';
  return isBracket ? Buffer.concat([literal(after), Buffer.from('[')]) : literal(after);
}

export function literal(part: Part | undefined): Buffer {
  return Buffer.from(typeof part === 'string' ? part : '');
}
