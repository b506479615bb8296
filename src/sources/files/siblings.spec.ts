import { isCompressed, isRotated } from './siblings.js';

describe('isRotated', () => {
  it.each([
    'access.log.1',
    'access.log.10',
    'access.log-20261123',
    'access.log-2026-11-23',
    'access.log.2026-11-23',
    'access.log-2026112314',
    'access.log-20261123-1700000000',
    'access.log-2026-11-23T14:05',
    'access.log.20261123-135536',
    'access-20261123.log',
    'access.2026-11-22.log',
    'access.1.log',
    'access-2026-11-22T13-55-36.123.log',
    'access_2026-11-22.log',
    'access__2026-11-22_00-00-00.log',
  ])('takes %s for one of access.log', (name) => {
    expect(isRotated(name, 'access.log')).toBe(true);
  });

  it.each([
    'access.log',
    'access.log.1.gz',
    'access.log.old',
    'access-ssl.log',
    'access-ssl-20261123.log',
    'access-20261123.txt',
    'access-20261123.log.gz',
    'access.log~',
    'error.log.1',
    'access.log-2026',
    'access',
  ])('does not treat %s as a rotation of access.log', (name) => {
    expect(isRotated(name, 'access.log')).toBe(false);
  });
});

describe('isCompressed', () => {
  it.each([
    ['access.log.2.gz', true],
    ['access.log-20261123.zst', true],
    ['access.log.1', false],
  ])('%s: %s', (name, compressed) => {
    expect(isCompressed(name)).toBe(compressed);
  });
});
