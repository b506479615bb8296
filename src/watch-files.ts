import { type StatsListener, unwatchFile, watchFile } from 'node:fs';

/** Milliseconds from one look at a file to the next. */
const INTERVAL = 1_000;

/**
 * Calls `changed` when one of the files was written or replaced, within about a second. It looks at what the paths lead
 * to, since events of the file system miss what Kubernetes does with mounted secrets: it exchanges a symbolic link to the
 * directory.
 *
 * @returns what ends it; a process may also end without
 */
export function watchFiles(paths: readonly string[], changed: StatsListener): () => void {
  for (const path of paths) watchFile(path, { interval: INTERVAL, persistent: false }, changed);
  return () => {
    for (const path of paths) unwatchFile(path, changed);
  };
}
