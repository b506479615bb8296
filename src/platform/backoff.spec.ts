import { pauseAfter } from './backoff.js';

describe('pauseAfter', () => {
  it.each([
    [0, 125, 250],
    [1, 250, 500],
    [6, 8_000, 16_000],
    [7, 15_000, 30_000],
    [5_000, 15_000, 30_000],
  ])('%d failures waits at random from %d to %d ms', (failures, shortest, longest) => {
    expect(pauseAfter(failures, 0)).toBe(shortest);
    expect(pauseAfter(failures, 1 - Number.EPSILON / 2)).toBeCloseTo(longest, 6);
    expect(pauseAfter(failures)).toBeGreaterThanOrEqual(shortest);
  });
});
