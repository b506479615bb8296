// What the live page should show of what it received, computed as the stack test with Prometheus has shown to be right.
import { LiveData } from '../../src/live/figures/live-data.js';
import { CHARTS } from '../../src/live/page/charts.js';
import type { Visit } from './visit.js';

/** What follows from everything that the page received. */
export function computed({ received }: Visit): LiveData {
  const data = new LiveData();
  for (const { time, text } of received) data.add(time, text);
  return data;
}

/** Compares every value of every chart. */
export async function expectFigures(visit: Visit, environment?: string, row = -1): Promise<void> {
  const data = computed(visit);
  for (const { name, lines } of CHARTS) {
    const figures = lines(data.environments, environment).map(({ figure }) => figure.expression);
    const expected = figures.map((expression) => data.timeline.values(expression).at(row));
    expect([name, await visit.legend(name)]).toEqual([name, expected]);
  }
}
