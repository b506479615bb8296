import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** Bytes of memory, where the operating system tells more than Node. */
export interface Memory {
  resident: number;
  virtual?: number;
  data?: number;
}

/** The kernel tells sizes in pages: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html */
const STATM = '/proc/self/statm';
const pageSize = linuxPageSize();
const line = Buffer.alloc(256);

export function memory(): Memory {
  if (pageSize === undefined) return { resident: process.memoryUsage.rss() };
  const file = openSync(STATM, 'r');
  const text = line.toString('latin1', 0, readSync(file, line));
  closeSync(file);
  const [size = NaN, resident = NaN, , , , data = NaN] = text.split(' ', 6).map(Number);
  return { resident: resident * pageSize, virtual: size * pageSize, data: data * pageSize };
}

/** Bytes of a page of memory, or undefined where there is no Linux. Node does not know it; the kernel tells both. */
function linuxPageSize(): number | undefined {
  try {
    const pages = Number(readFileSync(STATM, 'latin1').split(' ', 1)[0]);
    const kibibytes = Number(/VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    // Between the two readings a few pages may come or go, so the nearest power of two is taken.
    return 2 ** Math.round(Math.log2((kibibytes * 1024) / pages));
  } catch {
    return undefined;
  }
}

/** Open file descriptors, or undefined where there is no Linux. */
export function openFiles(): number | undefined {
  try {
    // Since Linux 6.2 the size of the directory is their number; to list them takes long if there are thousands.
    const { size } = statSync('/proc/self/fd');
    return size > 0 ? size : readdirSync('/proc/self/fd').length - 1; // the listing itself has one open
  } catch {
    return undefined;
  }
}

/** The limit of open file descriptors, or undefined where there is no Linux. */
export function mostOpenFiles(): number | undefined {
  try {
    const limit = /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === 'unlimited' ? Infinity : Number(limit);
  } catch {
    return undefined;
  }
}

/** Bytes of V8's heap. */
export function heap(): { total: number; used: number; external: number } {
  const { total_heap_size, used_heap_size, external_memory } = getHeapStatistics();
  return { total: total_heap_size, used: used_heap_size, external: external_memory };
}

/** Bytes of the parts of V8's heap, by name without `_space`. */
export function heapSpaces(): { space: string; total: number; used: number; available: number }[] {
  return getHeapSpaceStatistics().map(
    ({ space_name, space_size, space_used_size, space_available_size }) => ({
      space: space_name.replace(/_space$/, ''),
      total: space_size,
      used: space_used_size,
      available: space_available_size,
    }),
  );
}

/** What keeps the event loop alive, counted by type. */
export function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
