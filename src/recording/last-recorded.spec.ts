import { Counter, Gauge } from '../metrics/values.js';
import { LastRecorded } from './last-recorded.js';

describe('LastRecorded', () => {
  it('shows when each source last recorded something, and leaves the others as they are', () => {
    const labelNames = ['source'] as const;
    const observations = new Counter({ name: 'observations', help: '', labelNames });
    const times = new Gauge({ name: 'times', help: '', labelNames });
    const lastRecorded = new LastRecorded(observations, times);
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_800_000_000_500);
    for (const source of ['http', 'syslog', 'broker']) observations.series({ source });
    times.set({ source: 'syslog' }, 0);
    observations.inc({ source: 'broker' }, 7);
    lastRecorded.tick();
    now.mockReturnValue(1_800_000_060_000);
    lastRecorded.tick();
    const shown = (): unknown[] => [...times.all].map(({ labels, value }) => [labels['source'], value]);
    expect(shown()).toEqual([
      ['syslog', 0],
      ['broker', 1_800_000_000.5],
    ]);
    observations.inc({ source: 'broker' });
    observations.inc({ source: 'http' });
    lastRecorded.tick();
    now.mockRestore();
    expect(shown()).toEqual([
      ['syslog', 0],
      ['broker', 1_800_000_060],
      ['http', 1_800_000_060],
    ]);
  });
});
