import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Milliseconds between two checks of the files. */
const INTERVAL = 1_000;

const BIG = { bigint: true } as const;

/**
 * Calls `changed` within about a second after one of the files is written, replaced, created or deleted. It polls the targets
 * of the paths, because file system events miss how Kubernetes updates mounted secrets: by replacing a symbolic link to
 * the directory. Unlike `fs.watchFile`, it checks the files once before it returns, so no later change is missed. Later
 * checks do not block, even if the disk hangs.
 *
 * @returns a function that stops watching; the watch does not keep the process alive
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
    return String(error); // missing or not permitted: as `stat` reports it
  }
}

/** Differs between two states of a file. */
function fingerprintOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
