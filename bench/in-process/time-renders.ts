import { type Observation, oneOfEach } from '../load/observations.js';
import { median } from '../report/statistics.js';

export interface RenderJob {
  environments: string[];
  codes: number[];
  /** Expositions that are timed for each share. */
  renders: number;
  /** Shares of the series that move between two expositions; the outcome has the milliseconds for each. */
  moved: number[];
}

export interface Renderer {
  record: (observation: Observation) => void;
  /** The exposition's bytes, as they go to a scraper. */
  render: () => Promise<Uint8Array>;
}

/** Expositions that are not timed, before those that are. */
const WARMUP = 0.5;

export const renderJob = (): RenderJob => JSON.parse(process.argv[2] ?? '');

/** Prints the median milliseconds of an exposition, by the share of the series that has moved since the one before. */
export async function timeRenders({ record, render }: Renderer): Promise<void> {
  const { environments, codes, renders, moved } = renderJob();
  const all = oneOfEach(environments, codes);
  for (const observation of all) record(observation);

  const milliseconds: number[] = [];
  for (const share of moved) {
    const moving = share === 0 ? [] : all.filter((_, i) => i % Math.round(1 / share) === 0);
    const times: number[] = [];
    for (let i = -Math.ceil(renders * WARMUP); i < renders; i++) {
      for (const observation of moving) record(observation);
      const start = performance.now();
      const bytes = await render();
      const passed = performance.now() - start;
      if (bytes.length === 0) throw new Error('the exposition is empty');
      if (i >= 0) times.push(passed);
    }
    milliseconds.push(median(times));
  }
  process.stdout.write(`${JSON.stringify(milliseconds)}\n`);
}
