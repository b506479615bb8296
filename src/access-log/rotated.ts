/**
 * The names of the files that were rotated away after the one that is called `ours` now, oldest first, as logrotate
 * and its kin name them: `access.log.1` follows `access.log.2`, `access.log-20261123` follows `access.log-20261122`.
 * Compressed ones and names of another kind are not among them.
 *
 * @param base the name of the file that is followed, such as `access.log`
 */
export function rotatedAfter(ours: string, base: string, names: readonly string[]): string[] {
  const numbered = suffix(ours, base, /^\.(\d+)$/);
  if (numbered !== undefined) {
    const numbers = Array.from({ length: Number(numbered) - 1 }, (_, i) => Number(numbered) - 1 - i);
    return numbers.map((number) => `${base}.${number}`).filter((name) => names.includes(name));
  }
  const dated = /^[-.](\d{4}-?\d\d-?\d\d[-T_.]?[\d:-]*)$/;
  if (suffix(ours, base, dated) === undefined) return [];
  return names.filter((name) => suffix(name, base, dated) !== undefined && name > ours).toSorted(compare);
}

function suffix(name: string, base: string, pattern: RegExp): string | undefined {
  return name.startsWith(base) ? pattern.exec(name.slice(base.length))?.[1] : undefined;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}
