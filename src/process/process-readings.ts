import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from 'node:v8';

/** Bytes of memory, where the operating system tells more than Node. */
export interface Memory {
  resident: number;
  virtual?: number;
  data?: number;
}

/** The kernel tells sizes in pages: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html */
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

/** The file, which stays open, and the bytes of a page, which Node does not know; undefined where there is no Linux. */
function openOnLinux(): { statm: number; pageSize: number } | undefined {
  try {
    const pages = Number(readFileSync(STATM, 'latin1').split(' ', 1)[0]);
    const kibibytes = Number(/VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    // Between the two readings a few pages may come or go, so the nearest power of two is taken.
    return { statm: openSync(STATM, 'r'), pageSize: 2 ** Math.round(Math.log2((kibibytes * 1024) / pages)) };
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
