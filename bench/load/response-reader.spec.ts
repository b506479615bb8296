import { ResponseReader } from './response-reader.js';

const STREAM = [
  'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!',
  'HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n',
  'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe\r\no\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n',
  'HTTP/1.1 202 Accepted\r\nA: b\r\nContent-Length: 4\r\nC: d\r\n\r\n\r\n\r\n',
].join('');

it.each(Array.from({ length: STREAM.length }, (_, i) => i + 1))(
  'responses that come in pieces of %d bytes are found',
  (size) => {
    const found: number[] = [];
    const reader = new ResponseReader((status) => found.push(status));
    for (let at = 0; at < STREAM.length; at += size) reader.read(Buffer.from(STREAM.slice(at, at + size)));
    expect(found).toEqual([200, 404, 201, 202]);
  },
);

it('a response that only the end of the connection would end is refused', () => {
  const reader = new ResponseReader(() => {});
  expect(() => reader.read(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('a response without a length');
});
