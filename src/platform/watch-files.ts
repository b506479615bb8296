import { statSync } from 'node:fs';

/** Milliseconds from one look at the files to the next. */
const INTERVAL = 1_000;

/**
 * Calls `changed` when one of the files was written, replaced, made or deleted since the call, within about a second. It looks
 * at what the paths lead to, since events of the file system miss what Kubernetes does with mounted secrets: it exchanges
 * a symbolic link to the directory. The first look is taken at once, which that of `fs.watchFile` is not: what is read
 * after the call is known to be no older than what changes are told from.
 *
 * @returns what ends it; a process may also end without
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let seen = looksOf(paths);
  const timer = setInterval(() => {
    const now = looksOf(paths);
    if (now === seen) return;
    seen = now;
    changed();
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

/** What tells one state of the files from another. */
function looksOf(paths: readonly string[]): string {
  return paths.map((path) => lookOf(path)).join();
}

function lookOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String(error); // it is not there, or may not be looked at
  }
}
