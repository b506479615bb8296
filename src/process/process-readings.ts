import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from 'node:v8';

/** Sizes of memory in bytes. The operating system provides more of them than Node. */
export interface Memory {
  resident: number;
  virtual?: number;
  data?: number;
}

/** The kernel counts in pages: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html */
const STATM = '/proc/self/statm';

/** Reads the memory of the process, on Linux from a file that stays open until `close`. */
export class MemoryReader {
  private linux = openOnLinux();
  private readonly line = Buffer.alloc(256);

  read(): Memory {
    if (!this.linux) return { resident: process.memoryUsage.rss() };
    const { statm, pageSize } = this.linux;
    const text = this.line.toString('latin1', 0, readSync(statm, this.line, 0, this.line.length, 0));
    const [size = NaN, resident = NaN, , , , data = NaN] = text.split(' ', 6).map(Number);
    return { resident: resident * pageSize, virtual: size * pageSize, data: data * pageSize };
  }

  close(): void {
    if (this.linux) closeSync(this.linux.statm);
    this.linux = undefined;
  }
}

/** The open file, and the size of a page in bytes, which Node does not know; undefined outside Linux. */
function openOnLinux(): { statm: number; pageSize: number } | undefined {
  try {
    const pages = Number(readFileSync(STATM, 'latin1').split(' ', 1)[0]);
    const kibibytes = Number(/VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    // A few pages may change between the two readings, so take the nearest power of two.
    return { statm: openSync(STATM, 'r'), pageSize: 2 ** Math.round(Math.log2((kibibytes * 1024) / pages)) };
  } catch {
    return undefined;
  }
}

/** Open file descriptors, or undefined outside Linux. */
export function openFiles(): number | undefined {
  try {
    // Since Linux 6.2 the size of the directory is their number. Listing thousands of them takes long.
    const { size } = statSync('/proc/self/fd');
    return size > 0 ? size : readdirSync('/proc/self/fd').length - 1; // without the one of the listing itself
  } catch {
    return undefined;
  }
}

/** The limit of open file descriptors, or undefined outside Linux. */
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

/** Bytes of the parts of V8's heap. */
export function heapSpaces(): HeapSpaceInfo[] {
  return getHeapSpaceStatistics();
}

/** What keeps the event loop alive, counted by type. */
export function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
