// What a process has used, as Linux tells.
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Linux counts processor time for /proc in ticks of this many a second (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Milliseconds between two looks at a process that is to come to rest. */
const LOOK_EVERY = 250;

/** So many looks in a row have to show the same. */
const STEADY_LOOKS = 6;

const MOST_LOOKS = 60;

/** Seconds of processor time that a process has used up to now, or undefined where that is not told. */
export function cpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which stands in parentheses, come the 3rd field and the next; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** KiB of memory that a process holds. */
export function residentKiB(pid: number): number {
  if (process.platform !== 'linux') throw new Error('memory is only measured on Linux');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]);
}

/** KiB of memory that a process holds, once that has changed by less than a half percent for a while. */
export async function settledKiB(pid: number): Promise<number> {
  const looks = [residentKiB(pid)];
  for (let look = 1; look < MOST_LOOKS; look++) {
    await setTimeout(LOOK_EVERY);
    looks.push(residentKiB(pid));
    const last = looks.slice(-STEADY_LOOKS);
    if (last.length === STEADY_LOOKS && Math.max(...last) - Math.min(...last) < 0.005 * Math.max(...last))
      break;
  }
  return looks.at(-1) ?? NaN;
}
