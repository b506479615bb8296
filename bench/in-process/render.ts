// node render.js CANDIDATE MILLISECONDS SERIES SHARE…: one page after each of these shares of the series has moved.
import { CODES, ENVIRONMENTS, oneOfEach } from '../observations.js';
import { candidateNamed, finish } from './candidates.js';
import { nanoseconds } from './nanoseconds.js';

const [, , name, milliseconds, series, ...shares] = process.argv;
const many = Array.from({ length: 200 }, (_, i) => `e${i}`);
const [environments, codes] = series === '998' ? [ENVIRONMENTS, CODES] : [many, [...CODES, 599]];
const { record, render } = await candidateNamed(name, environments);
const all = oneOfEach(environments, codes);
if (all.length !== Number(series)) throw new Error(`${all.length} series instead of ${series}`);
for (const observation of all) record(observation);

const values: Record<string, number> = {};
for (const share of shares.map(Number)) {
  const moving = all.filter((_, i) => share > 0 && i % Math.round(1 / share) === 0);
  const renderPage = async (): Promise<void> => {
    if ((await render()).length === 0) throw new Error('the page is empty');
  };
  const ofPage = await nanoseconds(Number(milliseconds), renderPage, () => moving.forEach(record));
  values[`${share * 100} % has moved, µs`] = ofPage / 1000;
}
finish(values);
