// node rows.js LISTS MILLISECONDS: what a batch costs, without lists or with three, and NDJSON with all it takes.
import { ObservationScanner } from '../../src/formats/scanner.js';
import { RecorderService } from '../../src/recording/recorder.service.js';
import { LISTS, labelled, observations } from '../observations.js';
import { application, finish } from './candidates.js';
import { nanoseconds } from './nanoseconds.js';

const [, , lists, milliseconds] = process.argv;
const app = await application(lists === 'three' ? LISTS : {});
const recorder = app.get(RecorderService, { strict: false });
const scanner = new ObservationScanner(recorder.labels);
const all = lists === 'three' ? labelled(10_000) : observations(10_000);
const text = Buffer.from(all.map((observation) => `${JSON.stringify(observation)}\n`).join(''));
const batch = scanner.read(text).lines();
if (batch?.length !== all.length) throw new Error('the scanner leaves some of them to JSON.parse');

const ofRows = await nanoseconds(Number(milliseconds), () => recorder.record('http', batch));
const ofText = await nanoseconds(Number(milliseconds), () => {
  const read = scanner.read(text).lines();
  if (read) recorder.record('http', read);
});
finish({ 'one row into its series, ns': ofRows / all.length, 'NDJSON, MB/s': (text.length / ofText) * 1000 });
