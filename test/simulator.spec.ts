import { SchedulerRegistry } from '@nestjs/schedule';
import { Intervals } from './intervals.js';
import { scrape, startService, total, until } from './service.js';

describe('the simulator', () => {
  it('records observations on its own, all of them through the recorder', async () => {
    await using service = await startService({ SIMULATOR: 'on' });
    const all = await until(
      () => scrape(service),
      (now) => total(now, 'response_code') >= 5,
    );
    const recorded = all.get('service_collector_observations_total{source="simulator"}');
    expect(total(all, 'response_code')).toBe(recorded);
    expect(total(all, 'response_time_count')).toBe(recorded);
    expect(total(all, 'service_collector_observations_rejected_total')).toBe(0);
  });

  it.each([
    ['auto', 'until a source is configured'],
    ['on', 'to what other sources report'],
  ])('logs at the start what SIMULATOR=%s means for the data', async (SIMULATOR, warning) => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await using service = await startService({ SIMULATOR, LOG_LEVEL: 'warn' });
    const logged = stdout.mock.calls.join('\n');
    stdout.mockRestore();
    expect(service.port).toBeGreaterThan(0);
    expect(logged).toContain(warning);
  });

  it('is one timer, which stops with the service', async () => {
    using intervals = new Intervals();
    const off = await startService({ SIMULATOR: 'off' });
    const without = intervals.count;
    const on = await startService({ SIMULATOR: 'on' });
    expect(on.app.get(SchedulerRegistry, { strict: false }).getIntervals()).toHaveLength(1);
    expect(intervals.count).toBe(2 * without + 1);
    await on.close();
    await off.close();
    expect(intervals.running).toEqual([]);
  });

  it.each([{ SIMULATOR: 'off' }, { SIMULATOR: '', INGEST_TOKEN: 'a' }])(
    'leaves no scheduler behind when it is off: %j',
    async (variables) => {
      await using service = await startService(variables);
      expect(() => service.app.get(SchedulerRegistry, { strict: false })).toThrow('SchedulerRegistry');
      expect(total(await scrape(service), 'response_code')).toBe(0);
    },
  );
});
