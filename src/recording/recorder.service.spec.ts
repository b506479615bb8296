import { Test } from '@nestjs/testing';
import { getToken } from '@willsoto/nestjs-prometheus';
import fc from 'fast-check';
import { labelsFor } from '../../test/candidates.js';
import { samples, total } from '../../test/service.js';
import { ObservationScanner } from '../formats/scanner.js';
import type { ResponseCode } from '../metrics/collectors.js';
import { Registry } from '../metrics/registry.js';
import { TextFormat } from '../metrics/text-format.js';
import { readSettings } from '../settings.js';
import { SettingsModule } from '../settings/settings.module.js';
import type { Observation } from './observation.js';
import { RecorderService } from './recorder.service.js';
import { RecordingModule } from './recording.module.js';

const REJECTED = 'service_collector_observations_rejected_total';
const RECORDED = 'service_collector_observations_total';

/** A recorder, and a way to sum a metric over the series that have the given labels. */
async function recorder(variables: Record<string, string> = {}) {
  const module = await Test.createTestingModule({
    imports: [SettingsModule.with(readSettings(variables)), RecordingModule],
  }).compile();
  const format = new TextFormat();
  const figures = (): string => format.print(module.get(Registry, { strict: false })).toString();
  const sum = (name: string, labels: Record<string, string> = {}): number => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const selected = [...samples(figures())].filter(([series]) =>
      pairs.every((pair) => series.includes(pair)),
    );
    return total(new Map(selected), name);
  };
  const service = module.get(RecorderService);
  const responseCode: ResponseCode = module.get(getToken('response_code'), { strict: false });
  return { service, offer: service.offer.bind(service), sum, figures, responseCode };
}

describe('RecorderService', () => {
  it('moves response_code and response_time', async () => {
    const { offer, sum } = await recorder();
    expect(offer('simulator', { env: 'production', statuscode: 503, seconds: 0.2 })).toBeUndefined();
    expect(sum('response_code')).toBe(1);
    expect(sum('response_code', { env: 'production', statuscode: '503', type: '500' })).toBe(1);
    expect(sum('response_time_sum', { env: 'production' })).toBe(0.2);
    expect(sum('response_time_count', {})).toBe(1);
  });

  it('moves response_code alone when the duration is not known', async () => {
    const { offer, sum } = await recorder();
    offer('simulator', { env: 'testing', statuscode: 200 });
    expect(sum('response_code')).toBe(1);
    expect(sum('response_time_count', {})).toBe(0);
  });

  it('counts what it refuses by source and reason, and records none of it', async () => {
    const { offer, sum } = await recorder();
    expect(offer('simulator', { env: 'testing', statuscode: 600, seconds: 1 })).toBe('invalid_statuscode');
    expect(offer('simulator', { env: 'testing', statuscode: 200, seconds: NaN })).toBe('invalid_seconds');
    expect(sum(REJECTED, { source: 'simulator', reason: 'invalid_statuscode' })).toBe(1);
    expect(sum(REJECTED, { source: 'simulator', reason: 'invalid_seconds' })).toBe(1);
    expect(sum('response_code')).toBe(0);
    expect(sum('response_time_count', {})).toBe(0);
  });

  it('records observations in columns as it does objects', async () => {
    const labels = labelsFor({});
    const scanner = new ObservationScanner(labels);
    const observation = fc.record(
      {
        env: fc.constantFrom(...labels.environments),
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
        expect(columns.figures()).toEqual(objects.figures());
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
        expect(sum(RECORDED)).toBe(recorded.length);
        expect(sum(REJECTED)).toBe(candidates.length - recorded.length);
        expect(sum('response_code')).toBe(recorded.length);

        for (const type of ['100', '200', '300', '400', '500']) {
          const ofClass = recorded.filter(({ statuscode }) => String(statuscode)[0] === type[0]);
          expect(sum('response_code', { type })).toBe(ofClass.length);
        }
        const timed = recorded.filter(({ seconds }) => seconds !== undefined);
        expect(sum('response_time_count', {})).toBe(timed.length);
        const seconds = timed.reduce((all, observation) => all + (observation.seconds ?? 0), 0);
        expect(sum('response_time_sum', {})).toBeCloseTo(seconds, 6);
      }),
      { numRuns: 30 },
    );
  });

  it('counts the same with any lists: every sum agrees, and what the lists do not name is counted under other', async () => {
    const values = fc.constantFrom(
      'shop',
      'checkout',
      'GET',
      'post',
      '/cart',
      '/cart/',
      '/users/1',
      'other',
      'x"\\\n',
      null,
    );
    const observation = fc.record(
      {
        env: fc.constantFrom('testing', 'production'),
        statuscode: fc.constantFrom(200, 404, 599),
        seconds: fc.option(fc.constantFrom(0.001, 3, 100)),
        service: values,
        method: values,
        route: values,
      },
      { requiredKeys: ['env', 'statuscode'] },
    );
    const lists = fc.record({
      SERVICES: fc.constantFrom('', 'shop', 'shop,checkout'),
      METHODS: fc.constantFrom('', 'GET', 'GET,POST'),
      ROUTES: fc.constantFrom('', '/cart', '/cart,/users/:id'),
    });
    await fc.assert(
      fc.asyncProperty(lists, fc.array(observation, { maxLength: 30 }), async (variables, all) => {
        const { service, sum, figures } = await recorder(variables);
        const before = samples(figures()).size;
        expect(service.offerAll('http', all.slice(1))).toEqual([]);
        for (const one of all.slice(0, 1)) expect(service.offer('http', one)).toBeUndefined();
        expect([sum('response_code'), sum(RECORDED)]).toEqual([all.length, all.length]);
        expect(sum('response_time_count')).toBe(
          all.filter(({ seconds }) => typeof seconds === 'number').length,
        );
        for (const [label, list] of [
          ['service', 'SERVICES'],
          ['method', 'METHODS'],
          ['route', 'ROUTES'],
        ] as const) {
          const isOn = variables[list] !== '';
          expect(figures().includes(`${label}="`)).toBe(isOn && all.length > 0);
          const others = sum('response_code', { [label]: 'other' });
          expect(sum('service_collector_unlisted_total', { label })).toBe(isOn ? others : 0);
          const named = all.filter((one) =>
            service.labels.listed.some(
              ({ name, values: known, placeOf }) =>
                name === label && placeOf(one[label] ?? undefined) < known.length - 1,
            ),
          );
          expect(others).toBe(isOn ? all.length - named.length : 0);
        }
        const groups = new Set(all.map((one) => `${one.env} ${one.service} ${one.method} ${one.route}`)).size;
        expect(samples(figures()).size - before).toBeLessThanOrEqual(groups * (3 + 14));
      }),
      { numRuns: 30 },
    );
  });

  it('looks the series of a code up once, however many other codes came first', async () => {
    const { offer, sum, responseCode } = await recorder({ SERVICES: 'shop' });
    const lookUps = jest.spyOn(responseCode, 'series');
    const codes = Array.from({ length: 70 }, (_, i) => 500 + i);
    for (const statuscode of [...codes, ...codes]) offer('simulator', { env: 'testing', statuscode });
    expect(sum('response_code', { service: 'other' })).toBe(140);
    expect(lookUps).toHaveBeenCalledTimes(70);
  });

  it('takes counts as an aggregation tells them', async () => {
    const { service, sum } = await recorder({ SERVICES: 'shop', RESPONSE_TIME_BUCKETS: '0.1,1' });
    const group = service.labels.groupOf(service.labels.environment('production'), 'shop');
    service.recordCounts('http', group, 503, 7);
    service.recordDurations(group, [4, 2, 1], 9.5);
    expect([sum('response_code', { statuscode: '503', service: 'shop' }), sum(RECORDED)]).toEqual([7, 7]);
    expect(sum('response_time_bucket', { le: '1' })).toBe(6);
    expect([sum('response_time_count'), sum('response_time_sum')]).toEqual([7, 9.5]);
  });
});
