import { Test } from '@nestjs/testing';
import { getToken, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { Gauge, register, Registry } from 'prom-client';
import { perApplication } from './per-application.js';

const options = { name: 'events_total', help: 'Events' };
const registry = { provide: Registry, useFactory: () => new Registry() };

describe('perApplication', () => {
  afterEach(() => register.clear());

  it('provides the metric in the registry of the application, not in the global one', async () => {
    const module = await Test.createTestingModule({
      providers: [registry, perApplication(makeCounterProvider, options)],
    }).compile();
    expect(module.get(getToken('events_total'))).toBe(module.get(Registry).getSingleMetric('events_total'));
    expect(register.getSingleMetric('events_total')).toBeUndefined();
  });

  it('stops the start if the application has a metric of that name already', async () => {
    const taken = new Registry();
    new Gauge({ ...options, registers: [taken] });
    const module = Test.createTestingModule({
      providers: [{ provide: Registry, useValue: taken }, perApplication(makeCounterProvider, options)],
    });
    await expect(module.compile()).rejects.toThrow('already been registered');
  });

  it('stops the start instead of handing out a foreign metric of that name', async () => {
    new Gauge({ ...options, registers: [register] });
    const module = Test.createTestingModule({
      providers: [registry, perApplication(makeCounterProvider, options)],
    });
    await expect(module.compile()).rejects.toThrow("already registered in prom-client's global registry");
  });

  it('stops the start if prom-client refuses the name', async () => {
    const module = Test.createTestingModule({
      providers: [registry, perApplication(makeCounterProvider, { ...options, name: 'not a name' })],
    });
    await expect(module.compile()).rejects.toThrow('Invalid metric name');
  });
});
