import { freePort } from '../service.js';

/**
 * An address of this machine for programs that name a port before they listen on it. At 127.0.0.1 an outgoing connection
 * could take the port meanwhile; none begins here.
 */
export const HOST = '127.0.1.1';

/** A host and a port that nothing listens on. */
export async function freeAddress(): Promise<string> {
  return `${HOST}:${await freePort(HOST)}`;
}
