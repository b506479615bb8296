import ipaddr from 'ipaddr.js';

export type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Parses addresses and ranges, such as `192.0.2.7` and `10.0.0.0/8`.
 *
 * @throws {Error} if a text is neither
 */
export function parseRanges(texts: readonly string[]): Range[] {
  return texts.map((text) => {
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
    if (!ipaddr.isValid(text)) throw new Error(`"${text}" is neither an address nor a range like 10.0.0.0/8`);
    const address = ipaddr.parse(text);
    return [address, 8 * address.toByteArray().length];
  });
}

/** Whether an address is in one of the ranges. It may be an IPv4-mapped IPv6 address. */
export function isIn(ranges: readonly Range[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some(([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits));
}

/** Whether a sender may send, given the number of its open connections to the same address. */
export type Admits = (address: string | undefined, connections?: number) => boolean;
