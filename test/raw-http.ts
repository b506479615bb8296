// HTTP as bytes, for what no client would send.
import { once } from 'node:events';
import { connect } from 'node:net';

/** A request after whose answer the service hangs up. */
export const LAST = 'GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/**
 * The answers to bytes on a connection of their own, until the service hangs up, without those of 100 Continue.
 *
 * @param ends whether the client says that it sends no more, on which requests in progress are given up
 */
export async function answersTo(port: number, bytes: string | Buffer, ends = false): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // the service may hang up before it has read all
  let received = '';
  socket.setEncoding('latin1').on('data', (piece) => (received += String(piece)));
  socket.write(bytes, 'latin1');
  if (ends) socket.end();
  await once(socket, 'close');
  const answers = received.split(/(?=HTTP\/1\.1 \d)/);
  return answers.filter((answer) => answer !== '' && !answer.startsWith('HTTP/1.1 100 '));
}
