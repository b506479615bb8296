import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Linux' tables of all UDP sockets: https://docs.kernel.org/networking/proc_net_tcp.html, with `drops` as the last column. */
const TABLES = ['/proc/net/udp', '/proc/net/udp6'];

/** How many datagrams the kernel has dropped at sockets with these addresses; 0 if unknown. */
export async function readDrops(sockets: readonly { address: string; port: number }[]): Promise<number> {
  const tables = await Promise.all(TABLES.map((path) => readFile(path, 'utf8').catch(() => '')));
  const keys = sockets.map(({ address, port }) => keyOf(address, port));
  return tables.reduce((sum, table) => sum + dropsIn(table, keys), 0);
}

/** The sum of the last column, `drops`, over the lines of these sockets. */
export function dropsIn(table: string, keys: readonly string[]): number {
  return table.split('\n').reduce((sum, line) => {
    const columns = line.trim().split(/\s+/);
    return keys.includes(columns[1] ?? '') ? sum + Number(columns.at(-1)) : sum;
  }, 0);
}

/** An address in the format of these tables: 32-bit words in native byte order, in hexadecimal digits, and the port. */
export function keyOf(address: string, port: number): string {
  const bytes = ipaddr.parse(address).toByteArray();
  const isLittle = endianness() === 'LE';
  const ordered = bytes.map((_, i) => bytes[isLittle ? (i & ~3) + 3 - (i & 3) : i] ?? 0);
  const digits = Buffer.from(ordered).toString('hex') + ':' + port.toString(16).padStart(4, '0');
  return digits.toUpperCase();
}
