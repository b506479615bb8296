import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Bytes of an IPv6 address that identify the network. A client can choose the rest freely (RFC 4291, 2.5.4). */
const NETWORK_BYTES = 8;

/** An entry of `X-Forwarded-For` with a port, as Azure's gateways and IIS write it. IPv6 addresses then have brackets. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

/**
 * Returns a function that finds the client address of a request. It reads `X-Forwarded-For` from its end, as long as the
 * proxies are trusted and the entries are addresses.
 *
 * @param trusted addresses and subnets of proxies, or `loopback`, `linklocal` and `uniquelocal`
 * @throws {TypeError} if one is neither
 */
export function clientAddresses(trusted: string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile(trusted);
  return ({ socket, headers }) => {
    const hops = headers['x-forwarded-for']?.toString().split(',').toReversed() ?? [];
    let address = socket.remoteAddress ?? '';
    for (const [i, hop] of hops.entries()) {
      const next = withoutPort(hop.trim());
      if (!trust(address, i) || !ipaddr.isValid(next)) break;
      address = next;
    }
    return address;
  };
}

/** The address that counts as one client: an IPv4 address or an IPv6 network. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return ''; // the connection is closed already
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : parsed.toByteArray().slice(0, NETWORK_BYTES).join('.');
}

function withoutPort(entry: string): string {
  const { ipv4, ipv6 } = WITH_PORT.exec(entry)?.groups ?? {};
  return ipv4 ?? ipv6 ?? entry;
}
