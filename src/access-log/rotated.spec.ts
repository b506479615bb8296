import { rotatedAfter } from './rotated.js';

describe('rotatedAfter', () => {
  const names = [
    'access.log',
    'access.log.1',
    'access.log.2',
    'access.log.3.gz',
    'access.log.10',
    'error.log.1',
  ];

  it.each([
    ['access.log.1', []],
    ['access.log.2', ['access.log.1']],
    ['access.log.10', ['access.log.2', 'access.log.1']],
    ['access.log.old', []],
    ['access.log', []],
    ['elsewhere', []],
  ])('lists what numbers say came after %s', (ours, expected) => {
    expect(rotatedAfter(ours, 'access.log', names)).toEqual(expected);
  });

  it('lists what dates say came after ours', () => {
    const dated = [
      'access.log-20261123',
      'access.log',
      'access.log-20261122',
      'access.log-20261121',
      'access.log-old',
    ];
    expect(rotatedAfter('access.log-20261121', 'access.log', dated)).toEqual([
      'access.log-20261122',
      'access.log-20261123',
    ]);
    expect(rotatedAfter('access.log-20261123', 'access.log', dated)).toEqual([]);
  });
});
