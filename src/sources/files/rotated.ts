/** What logrotate and its kin append to the name of a file: a number or a date, but not the ending of compression. */
const SUFFIX = /^(\.\d+|[-.]\d{4}-?\d\d-?\d\d([-T_.]?[\d:-]+)?)$/;

/** Endings of files that are no text any more. */
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|Z)$/;

/** Whether a name is that of a file that was rotated away from `base` and can still be read. */
export function isRotated(name: string, base: string): boolean {
  return name.startsWith(base) && SUFFIX.test(name.slice(base.length));
}

export function isCompressed(name: string): boolean {
  return COMPRESSED.test(name);
}
