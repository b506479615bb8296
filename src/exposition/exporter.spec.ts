import { gunzipSync } from 'node:zlib';
import { Counter } from 'prom-client';
import { Exporter, Exposition } from './exporter.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { PrintingRegistry } from '../metrics/print.js';
import { StateService } from '../state/state.service.js';

describe('Exporter', () => {
  const registry = new PrintingRegistry();
  const counter = new Counter({ name: 'events_total', help: 'Events', registers: [registry] });
  const lifecycle = new Lifecycle({ SHUTDOWN_TIMEOUT_SECONDS: 1 });
  const exporter = new Exporter(registry, new StateService({ STATE_DIR: undefined }, lifecycle));
  beforeEach(() => counter.reset());
  afterEach(() => jest.restoreAllMocks());

  it('renders once for scrapes that arrive together', async () => {
    const render = jest.spyOn(registry, 'page');
    const [first, ...others] = await Promise.all(Array.from({ length: 50 }, () => exporter.render()));
    expect(render).toHaveBeenCalledTimes(1);
    expect(others.every((exposition) => exposition === first)).toBe(true);
  });

  it('shows a scrape everything that was counted before it arrived', async () => {
    const earlier = exporter.render();
    counter.inc();
    const joined = exporter.render();
    expect((await joined).bytes.toString()).toContain('events_total 1');
    counter.inc();
    expect((await exporter.render()).bytes.toString()).toContain('events_total 2');
    expect(await earlier).toBe(await joined);
  });

  it('renders again after a render has failed', async () => {
    jest.spyOn(registry, 'page').mockRejectedValueOnce(new Error('broken'));
    await expect(exporter.render()).rejects.toThrow('broken');
    expect((await exporter.render()).bytes.toString()).toContain('events_total 0');
  });
});

describe('Exposition', () => {
  it('is compressed once', async () => {
    const exposition = new Exposition(Buffer.from('events_total 1\n'), 0);
    const [one, other] = await Promise.all([exposition.gzip(), exposition.gzip()]);
    expect(one).toBe(other);
    expect(gunzipSync(one).toString()).toBe('events_total 1\n');
  });
});
