import type { Candidate } from './compare.js';
import type { Options } from './options.js';
import { jsonLines } from './processes/script.js';

/**
 * The programs that measure themselves. All quantities get the one figure they print, since they keep nothing between
 * two operations that could make the next one cheaper.
 *
 * @param what the name of the figure among those that the program prints
 * @param unit how many nanoseconds the quantities' unit has
 */
export function foreignMeasures(
  { measures }: Pick<Options, 'measures'>,
  argument: 'record' | 'encode',
  what: string,
  quantities: readonly { name: string }[],
  unit: number,
): Candidate[] {
  return measures.map(({ name, command }) => ({
    name,
    once: true,
    measure: async () => {
      const program = ['sh', '-c', `exec ${command} ${argument}`];
      const lines = await jsonLines<{ what: string; ns: number }>(program, { side: 'server' });
      const figure = lines.find((line) => line.what === what);
      if (!figure) throw new Error(`${command} ${argument} prints no "${what}"`);
      return Object.fromEntries(quantities.map((quantity) => [quantity.name, { value: figure.ns / unit }]));
    },
  }));
}
