import { median } from './statistics.js';

/** The name of what all others are compared with. */
export const OURS = 'service-collector';

/** Below this share of its processor, it was not the server that limited the figure. */
const FULLY_BUSY = 0.9;

/** What is measured, and which way it is better. */
export interface Quantity {
  name: string;
  unit: string;
  better: 'more' | 'less';
}

/** One value, and where a load was as fast as the server let it be: the server's share of its processor meanwhile. */
export interface Value {
  value: number;
  busy?: number | undefined;
}

/** One candidate's values, one a round, and what they come to. */
export interface Row {
  name: string;
  median: number;
  min: number;
  max: number;
  samples: number[];
  /** The median share of its processor that the server used. */
  busy?: number;
  /** The median rate for each second of processor time that the server used; of rates only. */
  perCpuSecond?: number;
  /** Whether the server could have done more, had the load or the machine let it. */
  limited: boolean;
  /** How many times better service-collector is; below 1 it is worse. */
  ratio?: number;
  /** Why there are no values. */
  failure?: string;
}

export interface Table {
  quantity: Quantity;
  rows: Row[];
}

export function rowOf(name: string, values: readonly Value[], failure?: string): Row {
  const samples = values.map(({ value }) => value);
  const row = {
    name,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples,
    limited: false,
    ...(failure === undefined ? {} : { failure }),
  };
  const loads = values.flatMap(({ value, busy }) => (busy === undefined ? [] : [{ value, busy }]));
  if (loads.length === 0) return row;
  const busy = median(loads.map((load) => load.busy));
  const perCpuSecond = median(loads.map((load) => load.value / load.busy));
  return { ...row, busy, perCpuSecond, limited: busy < FULLY_BUSY };
}

/** Adds to each row how it compares with service-collector's. */
export function tableOf(quantity: Quantity, rows: readonly Row[]): Table {
  const ours = rows.find(({ name }) => name === OURS)?.median;
  if (ours === undefined) return { quantity, rows: [...rows] };
  return {
    quantity,
    rows: rows.map((row) => {
      const ratio = quantity.better === 'more' ? ours / row.median : row.median / ours;
      return row.name === OURS || !Number.isFinite(ratio) ? row : { ...row, ratio };
    }),
  };
}
