// What a process uses, as Linux tells.
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Linux counts processor time for /proc in ticks of this many a second (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Memory has settled when it is the same in this many looks, a quarter of a second apart. */
const STEADY_LOOKS = 6;
const MOST_LOOKS = 60;

/** Seconds of processor time that a process has used, or undefined on other systems. */
export function cpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name in parentheses comes field 3; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory. */
export function residentKiB(pid: number): number {
  if (process.platform !== 'linux') throw new Error('memory is only measured on Linux');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Resident memory once it changes by less than half a percent. */
export async function settledKiB(pid: number): Promise<number> {
  const looks = [residentKiB(pid)];
  for (let look = 1; look < MOST_LOOKS; look++) {
    await setTimeout(250);
    looks.push(residentKiB(pid));
    const last = looks.slice(-STEADY_LOOKS);
    if (last.length === STEADY_LOOKS && Math.max(...last) - Math.min(...last) < 0.005 * Math.max(...last))
      break;
  }
  return looks.at(-1) ?? NaN;
}
