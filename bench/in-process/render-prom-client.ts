import { collectDefaultMetrics, Registry } from 'prom-client';
import { tutorialMetrics } from '../peers/tutorial-metrics.js';
import { timeRenders } from './time-renders.js';

const register = new Registry();
collectDefaultMetrics({ register });
await timeRenders({
  record: tutorialMetrics(register),
  render: async () => Buffer.from(await register.metrics()),
});
