import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Milliseconds from one look at the files to the next. */
const INTERVAL = 1_000;

const BIG = { bigint: true } as const;

/**
 * Calls `changed` when one of the files was written, replaced, made or deleted since the call, within about a second. It looks
 * at what the paths lead to, since events of the file system miss what Kubernetes does with mounted secrets: it exchanges
 * a symbolic link to the directory. The first look is taken at once, which that of `fs.watchFile` is not: what is read
 * after the call is known to be no older than what changes are told from. Later looks do not block, however long a disk
 * takes to answer.
 *
 * @returns what ends it; a process may also end without
 */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let seen = paths.map((path) => fingerprintNow(path)).join();
  let looking = false;
  let ended = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const now = (await Promise.all(paths.map((path) => stat(path, BIG).then(fingerprintOf, String)))).join();
    looking = false;
    if (ended || now === seen) return;
    seen = now;
    changed();
  };
  const timer = setInterval(() => void look(), INTERVAL);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

function fingerprintNow(path: string): string {
  try {
    return fingerprintOf(statSync(path, BIG));
  } catch (error) {
    return String(error); // it is not there, or may not be looked at: `stat` says the same
  }
}

/** Tells one state of a file from another. */
function fingerprintOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
