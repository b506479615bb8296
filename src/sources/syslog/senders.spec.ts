import { dropsIn, keyOf } from './drops.js';
import { isIn, parseRanges } from './senders.js';

describe('isIn', () => {
  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd00::1', true],
    ['::1', false],
    ['', false],
  ])('tells whether %j is in a range', (address, expected) => {
    expect(isIn(parseRanges(['10.0.0.0/8', '192.0.2.7', 'fc00::/7']), address)).toBe(expected);
  });
});

describe('dropsIn', () => {
  const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 7062: 0100007F:C275 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2223732 2 00000000c1897bab 29918
12274: 0100007F:D6D1 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2225158 2 000000005ccf130b 7
15387: 00000000000000000000000001000000:C275 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2225166 2 000000002f46bd5f 5
`;

  it.each([
    ['127.0.0.1', 0xc275, 29_918],
    ['::1', 0xc275, 5],
    ['0.0.0.0', 0xc275, 0],
  ])('reads the drops at %s', (address, port, expected) => {
    expect(dropsIn(table, [keyOf(address, port)])).toBe(expected);
  });
});
