import { RecorderService } from '../../src/recording/recorder.service.js';
import { startApplication } from './service.js';
import { timeRecords } from './time-records.js';

const app = await startApplication();
const recorder = app.get(RecorderService, { strict: false });
timeRecords((observation) => {
  if (recorder.offer('http', observation) !== undefined) throw new Error('an observation was refused');
});
await app.close();
