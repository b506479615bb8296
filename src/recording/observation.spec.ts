import fc from 'fast-check';
import { z } from 'zod';
import { labelsFor } from '../../test/candidates.js';
import { fuzzRuns } from '../../test/fuzz.js';
import { check, type Reason } from './observation.js';

const labels = labelsFor({ ENVIRONMENTS: 'testing,production' });

describe('check', () => {
  it.each<[unknown, Reason]>([
    [null, 'not_an_object'],
    [undefined, 'not_an_object'],
    ['{}', 'not_an_object'],
    [[{ env: 'testing', statuscode: 200 }], 'not_an_object'],
    [{}, 'invalid_env'],
    [{ env: 'staging', statuscode: 200 }, 'invalid_env'],
    [{ env: ['testing'], statuscode: 200 }, 'invalid_env'],
    [{ env: 'testing' }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: '200' }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: 200.5 }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: 99 }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: 600 }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: NaN }, 'invalid_statuscode'],
    [{ env: 'testing', statuscode: 200, seconds: '1' }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, seconds: -0.1 }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, seconds: NaN }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, seconds: Infinity }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, seconds: 864_000.001 }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, seconds: 1_795_355_736_724 }, 'invalid_seconds'],
    [{ env: 'testing', statuscode: 200, service: 1 }, 'invalid_label'],
    [{ env: 'testing', statuscode: 200, route: ['/a'] }, 'invalid_label'],
    [{ env: 'testing', statuscode: 200, second: 1 }, 'unknown_key'],
    [JSON.parse('{"env":"testing","statuscode":200,"__proto__":{}}'), 'unknown_key'],
  ])('refuses %j as %s', (candidate, reason) => {
    expect(check(candidate, labels)).toBe(reason);
  });

  it.each([
    { env: 'testing', statuscode: 100, seconds: 0 },
    { env: 'production', statuscode: 599, seconds: 864_000 },
    { env: 'production', statuscode: 200, seconds: -0 },
    { env: 'testing', statuscode: 304 },
    { env: 'testing', statuscode: 304, seconds: null, service: null, method: 'GET', route: '/a' },
  ])('accepts %j', (candidate) => {
    expect(check(candidate, labels)).toBeUndefined();
  });

  it('accepts exactly what a schema of the contract accepts', () => {
    const schema = z.strictObject({
      env: z.enum(['testing', 'production']),
      statuscode: z.int().min(100).max(599),
      seconds: z.number().min(0).max(864_000).nullish(),
      service: z.string().nullish(),
      method: z.string().nullish(),
      route: z.string().nullish(),
    });
    const almost = fc.record(
      {
        env: fc.oneof(fc.constantFrom('testing', 'production'), fc.anything()),
        statuscode: fc.oneof(fc.integer({ min: 99, max: 600 }), fc.double(), fc.anything()),
        seconds: fc.oneof(fc.double(), fc.double({ min: 0, max: 1e6 }), fc.anything()),
        service: fc.oneof(fc.string(), fc.anything()),
        route: fc.oneof(fc.string(), fc.anything()),
        extra: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(almost, fc.anything()), (candidate) => {
        expect(check(candidate, labels) === undefined).toBe(schema.safeParse(candidate).success);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
