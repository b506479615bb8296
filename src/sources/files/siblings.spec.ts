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
  ])('takes %s for one of access.log', (name) => {
    expect(isRotated(name, 'access.log')).toBe(true);
  });

  it.each([
    'access.log',
    'access.log.1.gz',
    'access.log.old',
    'access.log~',
    'error.log.1',
    'access.log-2026',
    'access',
  ])('does not take %s for one of access.log', (name) => {
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
