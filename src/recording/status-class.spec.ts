import { statusClass } from './status-class.js';

describe('statusClass', () => {
  it.each([
    [100, '100'],
    [199, '100'],
    [200, '200'],
    [301, '300'],
    [404, '400'],
    [500, '500'],
    [599, '500'],
  ])('puts %d into class %s', (code, expected) => {
    expect(statusClass(code)).toBe(expected);
  });

  it.each([99, 600, 0, -1, NaN])('has no class for %d', (code) => {
    expect(() => statusClass(code)).toThrow(RangeError);
  });
});
