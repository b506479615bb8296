// node record.js CANDIDATE MILLISECONDS
import { ENVIRONMENTS, observations } from '../observations.js';
import { candidateNamed, finish } from './candidates.js';
import { nanoseconds } from './nanoseconds.js';

const [, , name, milliseconds] = process.argv;
const { record } = await candidateNamed(name, ENVIRONMENTS);
const all = observations(65_536);
const ofAll = await nanoseconds(Number(milliseconds), () => {
  for (const observation of all) record(observation);
});
finish({ 'one observation, ns': ofAll / all.length });
