import { cpusOf } from './cpus.js';

it.each([
  ['0', [0]],
  ['0-1', [0, 1]],
  ['2-4,7', [2, 3, 4, 7]],
])('the processors %s are %j', (list, expected) => {
  expect(cpusOf(list)).toEqual(expected);
});
