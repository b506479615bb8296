import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { readSettings } from '../settings.js';
import { SettingsModule } from '../settings/settings.module.js';
import type { Observation } from './observation.js';
import { RecorderService } from './recorder.service.js';
import { RecordingModule } from './recording.module.js';
import { ObservationScanner } from '../formats/scanner.js';

const REJECTED = 'service_collector_observations_rejected_total';
const RECORDED = 'service_collector_observations_total';

/** A recorder, and a way to sum a metric over the series that have the given labels. */
async function recorder() {
  const module = await Test.createTestingModule({
    imports: [SettingsModule.with(readSettings({})), RecordingModule],
  }).compile();
  const registry = module.get(Registry, { strict: false });
  const sum = async (name: string, labels: Record<string, string> = {}, suffix = ''): Promise<number> => {
    const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
    return values
      .filter((value) => suffix === '' || ('metricName' in value && value.metricName === name + suffix))
      .filter((value) =>
        Object.entries(labels).every(([label, wanted]) => String(value.labels[label]) === wanted),
      )
      .reduce((total, { value }) => total + value, 0);
  };
  const service = module.get(RecorderService);
  /** What the observations' own metrics say. */
  const figures = () =>
    Promise.all(
      ['response_code', 'response_time', RECORDED].map((name) => registry.getSingleMetricAsString(name)),
    );
  return { service, offer: service.offer.bind(service), sum, figures };
}

describe('RecorderService', () => {
  it('moves response_code and response_time', async () => {
    const { offer, sum } = await recorder();
    expect(offer('simulator', { env: 'production', statuscode: 503, seconds: 0.2 })).toBeUndefined();
    expect(await sum('response_code')).toBe(1);
    expect(await sum('response_code', { env: 'production', statuscode: '503', type: '500' })).toBe(1);
    expect(await sum('response_time', { env: 'production' }, '_sum')).toBe(0.2);
    expect(await sum('response_time', {}, '_count')).toBe(1);
  });

  it('moves response_code alone when the duration is not known', async () => {
    const { offer, sum } = await recorder();
    offer('simulator', { env: 'testing', statuscode: 200 });
    expect(await sum('response_code')).toBe(1);
    expect(await sum('response_time', {}, '_count')).toBe(0);
  });

  it('counts what it refuses by source and reason, and records none of it', async () => {
    const { offer, sum } = await recorder();
    expect(offer('simulator', { env: 'testing', statuscode: 600, seconds: 1 })).toBe('invalid_statuscode');
    expect(offer('simulator', { env: 'testing', statuscode: 200, seconds: NaN })).toBe('invalid_seconds');
    expect(await sum(REJECTED, { source: 'simulator', reason: 'invalid_statuscode' })).toBe(1);
    expect(await sum(REJECTED, { source: 'simulator', reason: 'invalid_seconds' })).toBe(1);
    expect(await sum('response_code')).toBe(0);
    expect(await sum('response_time', {}, '_count')).toBe(0);
  });

  it('records observations in columns as it does objects', async () => {
    const { ENVIRONMENTS } = readSettings({});
    const scanner = new ObservationScanner(ENVIRONMENTS);
    const observation = fc.record(
      {
        env: fc.constantFrom(...ENVIRONMENTS),
        statuscode: fc.integer({ min: 100, max: 599 }),
        seconds: fc.integer({ min: 0, max: 20_000 }).map((milliseconds) => milliseconds / 1000),
      },
      { requiredKeys: ['env', 'statuscode'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { minLength: 1, maxLength: 50 }), async (batch) => {
        const [objects, columns] = [await recorder(), await recorder()];
        const scanned = scanner.read(Buffer.from(JSON.stringify(batch))).all();
        expect(scanned).toHaveLength(batch.length);
        expect(objects.service.offerAll('http', batch)).toEqual([]);
        expect(columns.service.offerAll('http', scanned ?? [])).toEqual([]);
        expect(await columns.figures()).toEqual(await objects.figures());
      }),
      { numRuns: 30 },
    );
  });

  it('loses nothing and invents nothing: received = recorded + rejected, and every sum agrees', async () => {
    const valid = fc.record(
      {
        env: fc.constantFrom('testing', 'production'),
        statuscode: fc.integer({ min: 100, max: 599 }),
        seconds: fc.double({ min: 0, max: 100, noNaN: true }),
      },
      { requiredKeys: ['env', 'statuscode'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(valid, fc.anything()), { maxLength: 50 }), async (candidates) => {
        const { offer, sum } = await recorder();
        const recorded = candidates.filter(
          (candidate): candidate is Observation => offer('simulator', candidate) === undefined,
        );
        expect(await sum(RECORDED)).toBe(recorded.length);
        expect(await sum(REJECTED)).toBe(candidates.length - recorded.length);
        expect(await sum('response_code')).toBe(recorded.length);

        for (const type of ['100', '200', '300', '400', '500']) {
          const ofClass = recorded.filter(({ statuscode }) => String(statuscode)[0] === type[0]);
          expect(await sum('response_code', { type })).toBe(ofClass.length);
        }
        const timed = recorded.filter(({ seconds }) => seconds !== undefined);
        expect(await sum('response_time', {}, '_count')).toBe(timed.length);
        const seconds = timed.reduce((total, observation) => total + (observation.seconds ?? 0), 0);
        expect(await sum('response_time', {}, '_sum')).toBeCloseTo(seconds, 6);
      }),
      { numRuns: 100 },
    );
  });
});
