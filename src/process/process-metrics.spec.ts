import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { collectDefaultMetrics, Registry as Reference } from 'prom-client';
import { samples } from '../../test/service.js';
import { Registry } from '../metrics/registry.js';
import { TextFormat } from '../metrics/text-format.js';
import { ProcessMetrics } from './process-metrics.js';

describe('ProcessMetrics', () => {
  const registry = new Registry();
  const format = new TextFormat();
  const printed = (): string => format.print(registry).toString();
  const reference = new Reference();
  let metrics: ProcessMetrics;
  beforeAll(() => {
    metrics = new ProcessMetrics(registry);
    collectDefaultMetrics({ register: reference });
  });
  afterAll(() => metrics.stop());

  /** What stands above the samples, and which series there are. */
  const shape = (page: string): string[] =>
    page
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (line.startsWith('#') ? line : line.slice(0, line.lastIndexOf(' '))))
      // Which resources are active and what was collected differs from moment to moment.
      .filter((line) => !/^nodejs_(active_resources|gc_duration_seconds_\w+)\{/.test(line))
      .toSorted();

  it("has prom-client's names, help texts, types and labels, but for handles, requests and the period of delays", async () => {
    const expected = shape(await reference.metrics()).filter(
      (line) => !/nodejs_active_(handles|requests)/.test(line),
    );
    expect(expected.length).toBeGreaterThan(80);
    expect(shape(printed().replaceAll(', over the last one to two minutes.', '.'))).toEqual(expected);
    expect(printed()).toContain('recorded event loop delay, over the last one to two minutes.');
  });

  it("has values like prom-client's", async () => {
    const [ours, theirs] = [samples(printed()), samples(await reference.metrics())];
    for (const name of [
      'process_start_time_seconds',
      'process_max_fds',
      'process_open_fds',
      `nodejs_version_info{version="${process.version}",major="${process.version.slice(1).split('.')[0]}",minor="${process.version.split('.')[1]}",patch="${process.version.split('.')[2]}"}`,
    ]) {
      expect([name, ours.get(name)]).toEqual([name, theirs.get(name)]);
    }
    for (const name of [
      'process_resident_memory_bytes',
      'process_virtual_memory_bytes',
      'process_heap_bytes',
      'nodejs_heap_size_total_bytes',
      'nodejs_heap_space_size_total_bytes{space="old"}',
    ]) {
      const ratio = (ours.get(name) ?? NaN) / (theirs.get(name) ?? NaN);
      expect([name, ratio > 0.8 && ratio < 1.25]).toEqual([name, true]);
    }
  });

  it('reads open files and CPU time at the time of the scrape', async () => {
    const before = samples(printed());
    const files = await Promise.all(Array.from({ length: 20 }, () => open(process.execPath)));
    while (process.cpuUsage().user / 1e6 <= (before.get('process_cpu_user_seconds_total') ?? NaN));
    const after = samples(printed());
    await Promise.all(files.map((file) => file.close()));
    const rise = (name: string): number => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
    expect(rise('process_open_fds')).toBe(20);
    expect(rise('process_cpu_user_seconds_total')).toBeGreaterThan(0);
  });

  it('may be registered once', () => {
    expect(() => new ProcessMetrics(registry)).toThrow(
      'There is a metric process_cpu_user_seconds_total already',
    );
  });

  it('opens no file on import, and keeps one open until it is stopped', async () => {
    const [openSync, readFileSync] = [jest.spyOn(fs, 'openSync'), jest.spyOn(fs, 'readFileSync')];
    await jest.isolateModulesAsync(async () => {
      await import('./process-metrics.js');
    });
    const opened = [...openSync.mock.calls, ...readFileSync.mock.calls].map(([path]) => String(path));
    expect(opened.filter((path) => path.startsWith('/proc/'))).toEqual([]);
    for (const spy of [openSync, readFileSync]) spy.mockRestore();

    /** How many descriptors are this file; one that the listing itself had open is no more. */
    const held = (): number => {
      const links = fs.readdirSync('/proc/self/fd').map((fd) => `/proc/self/fd/${fd}`);
      return links.filter((link) => fs.existsSync(link) && fs.readlinkSync(link).endsWith('/statm')).length;
    };
    const before = held();
    const others = new Registry();
    const other = new ProcessMetrics(others);
    expect(held()).toBe(before + 1);
    expect(() => new ProcessMetrics(others)).toThrow(
      'There is a metric process_cpu_user_seconds_total already',
    );
    other.stop();
    expect(held()).toBe(before);
    expect(
      samples(new TextFormat().print(others).toString()).get('process_resident_memory_bytes'),
    ).toBeGreaterThan(1e6);
  });
});
