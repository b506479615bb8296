import { Registry } from 'prom-client';
import { tutorialMetrics } from '../peers/tutorial-metrics.js';
import { timeRecords } from './time-records.js';

timeRecords(tutorialMetrics(new Registry()));
