import { parseOptions } from './options.js';

describe('the options', () => {
  it('are five rounds of everything, if none is given', () => {
    expect(parseOptions([])).toEqual({
      names: [],
      rounds: 5,
      minutes: 10,
      quick: false,
      json: false,
      help: false,
      peers: [],
      measures: [],
    });
  });

  it('are one round if it has to be quick', () => {
    expect(parseOptions(['some', '--quick', 'ws', '--json'])).toMatchObject({
      names: ['some', 'ws'],
      rounds: 1,
      quick: true,
      json: true,
    });
  });

  it('name other servers, what they take, and other programs', () => {
    const args = [
      '--peer',
      'a=/bin/a -x b=c',
      '--peer',
      'b=b',
      '--dialect',
      'a=/in,one,many',
      '--measure',
      'c=c 1',
    ];
    expect(parseOptions(args)).toMatchObject({
      peers: [
        { name: 'a', command: '/bin/a -x b=c', dialect: { path: '/in', single: 'one', batch: 'many' } },
        { name: 'b', command: 'b' },
      ],
      measures: [{ name: 'c', command: 'c 1' }],
    });
  });

  it.each([
    [['--rounds', '0'], '--rounds 0: has to be an integer above 0'],
    [['--minutes', 'ten'], '--minutes ten: has to be an integer above 0'],
    [['--peer', 'rust'], '--peer rust: has to be NAME=COMMAND'],
    [['--measure', '=x'], '--measure =x: has to be NAME=COMMAND'],
    [
      ['--peer', 'a=b', '--dialect', 'a=in,one,many'],
      '--dialect a=in,one,many: has to be NAME=PATH,SINGLE,BATCH',
    ],
    [['--dialect', 'a=/in,one,many'], '--dialect a: there is no such --peer'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuse %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
