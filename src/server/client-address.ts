import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Bytes of an IPv6 address that name a network; what follows, a client may choose as it likes (RFC 4291, 2.5.4). */
const NETWORK_BYTES = 8;

/**
 * Makes a function that tells clients apart by where their requests come from: the IPv4 address or the IPv6 network, that
 * `X-Forwarded-For` names as far as the proxies can be trusted.
 *
 * @param trusted addresses and subnets of proxies, or `loopback`, `linklocal` and `uniquelocal`
 * @throws {TypeError} if one is neither
 */
export function clientAddresses(trusted: string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile(trusted);
  return (request) => {
    const address = proxyAddr(request, trust) || '';
    if (!ipaddr.isValid(address)) return '';
    const parsed = ipaddr.process(address);
    return parsed.kind() === 'ipv4'
      ? parsed.toString()
      : parsed.toByteArray().slice(0, NETWORK_BYTES).join('.');
  };
}
