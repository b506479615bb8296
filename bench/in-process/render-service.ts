import { Exporter } from '../../src/exposition/exporter.js';
import { RecorderService } from '../../src/recording/recorder.service.js';
import { startApplication } from './service.js';
import { renderJob, timeRenders } from './time-renders.js';

const app = await startApplication({ ENVIRONMENTS: renderJob().environments.join(',') });
const recorder = app.get(RecorderService, { strict: false });
const exporter = app.get(Exporter, { strict: false });
await timeRenders({
  record: (observation) => {
    if (recorder.offer('http', observation) !== undefined) throw new Error('an observation was refused');
  },
  render: async () => (await exporter.render()).bytes,
});
await app.close();
