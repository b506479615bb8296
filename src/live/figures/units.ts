// Numbers → text with a unit, in a legend or on an axis. All ticks of an axis have the same unit.

/** The unit of a figure: how its values are shown, and the least top of its axis. */
export interface Unit {
  /** The displayed unit for values up to `largest`, and the factor from the figure's own unit. */
  shown: (largest: number) => { name: string; factor: number };
  leastTop: number;
  /** Axis steps are based on powers of 10, or 2 for bytes. */
  base: 2 | 10;
  /** Whether all values are integers. */
  counts?: boolean;
}

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

export const perSecond: Unit = {
  shown: (largest) => (largest >= 10_000 ? { name: 'k req/s', factor: 1e-3 } : { name: 'req/s', factor: 1 }),
  leastTop: 1,
  base: 10,
};
export const seconds: Unit = {
  shown: (largest) => (largest < 1 ? { name: 'ms', factor: 1000 } : { name: 's', factor: 1 }),
  leastTop: 0.01,
  base: 10,
};
export const share: Unit = { shown: () => ({ name: '%', factor: 100 }), leastTop: 0.01, base: 10 };
export const bytes: Unit = {
  shown: (largest) =>
    largest >= GIBIBYTE ? { name: 'GiB', factor: 1 / GIBIBYTE } : { name: 'MiB', factor: 1 / MEBIBYTE },
  leastTop: 16 * MEBIBYTE,
  base: 2,
};
export const count: Unit = { shown: () => ({ name: '', factor: 1 }), leastTop: 4, base: 10, counts: true };

/** A value with at least three digits, such as `19.8 req/s`; `–` if there is none. */
export function text(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  const { name, factor } = unit.shown(Math.abs(value));
  const number = value * factor;
  const digits = unit.counts === true || number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return `${decimal(number, digits, digits)} ${name}`.trimEnd();
}

/** The labels of an axis' ticks, in the unit for the largest. */
export function tickTexts(ticks: readonly number[], unit: Unit): string[] {
  const { name, factor } = unit.shown(Math.max(...ticks));
  return ticks.map((tick) => `${decimal(tick * factor, 0, 3)} ${name}`.trimEnd());
}

/** The top of an axis: a round number, so that the axis does not change with small changes of its values. */
export function axisTop(largest: number, unit: Unit): number {
  const top = Math.max(Number.isFinite(largest) ? largest : 0, unit.leastTop);
  const power = unit.base ** Math.floor(Math.log(top * (1 + 1e-9)) / Math.log(unit.base));
  const steps = unit.base === 2 ? [1, 1.25, 1.5, 1.75, 2] : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const step = steps.find((candidate) => candidate * power * (1 + 1e-9) >= top) ?? unit.base;
  return step * power;
}

/** Possible distances between ticks. */
export function tickSteps(unit: Unit): number[] {
  if (unit.base === 2) return powers(2, 14, 44);
  const all = powers(10, -6, 9).flatMap((power) => [power, 2 * power, 2.5 * power, 5 * power]);
  return unit.counts === true ? all.filter((step) => Number.isInteger(step)) : all;
}

function powers(base: number, from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => base ** (from + index));
}

/** The two largest parts of a duration, such as `3 h 12 min`. */
export function durationText(allSeconds: number): string {
  const parts = [
    [Math.floor(allSeconds / 86_400), 'd'],
    [Math.floor(allSeconds / 3600) % 24, 'h'],
    [Math.floor(allSeconds / 60) % 60, 'min'],
    [Math.floor(allSeconds) % 60, 's'],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([number, name]) => `${number} ${name}`).join(' ');
}

export function integerText(value: number): string {
  return decimal(value, 0, 0);
}

function decimal(value: number, least: number, most: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: least, maximumFractionDigits: most });
}
