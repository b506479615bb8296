import { gunzipSync } from 'node:zlib';
import { Test } from '@nestjs/testing';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { Counter } from '../metrics/values.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Registry } from '../metrics/registry.js';
import { TextFormat } from '../metrics/text-format.js';
import { RecordingModule } from '../recording/recording.module.js';
import { readSettings } from '../settings.js';
import { SettingsModule } from '../settings/settings.module.js';
import { StateModule } from '../state/state.module.js';
import { Exporter, Exposition } from './exporter.js';
import { FirstIncrements } from './first-increments.js';
import { Scrapers } from './scrapers.js';

describe('Exporter', () => {
  const counter = new Counter({ name: 'events_total', help: 'Events' });
  let exporter: Exporter;
  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [
        SettingsModule.with(readSettings({})),
        LifecycleModule,
        MetricsModule,
        RecordingModule,
        StateModule,
      ],
      providers: [Exporter, FirstIncrements, Scrapers],
    }).compile();
    module.get(Registry, { strict: false }).register(counter);
    exporter = module.get(Exporter);
    counter.series({}).value = 0;
  });
  afterEach(() => jest.restoreAllMocks());

  it('renders once for scrapes that arrive together', async () => {
    const render = jest.spyOn(TextFormat.prototype, 'print');
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

  it('renders again after a render has failed, for scrapers that announce themselves too', async () => {
    counter.inc();
    for (const announced of [true, false]) {
      const print = jest.spyOn(TextFormat.prototype, 'print').mockImplementationOnce(() => {
        throw new Error('broken');
      });
      await expect(exporter.render(announced)).rejects.toThrow('broken');
      expect((await exporter.render(announced)).bytes.toString()).toContain('events_total 1');
      print.mockRestore();
    }
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
