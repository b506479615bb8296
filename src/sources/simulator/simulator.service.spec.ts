import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import type { Observation } from '../../recording/observation.js';
import { LifecycleModule } from '../../lifecycle/lifecycle.module.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { RecordingModule } from '../../recording/recording.module.js';
import { SettingsModule } from '../../settings/settings.module.js';
import { readSettings } from '../../settings.js';
import { SimulatorService } from './simulator.service.js';

describe('SimulatorService', () => {
  let simulator: SimulatorService;
  let offer: jest.SpiedFunction<RecorderService['offer']>;
  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        SettingsModule.with(readSettings({ ENVIRONMENTS: 'a,b,c' })),
        LifecycleModule,
        RecordingModule,
      ],
      providers: [SimulatorService],
    }).compile();
    simulator = module.get(SimulatorService);
    offer = jest.spyOn(module.get(RecorderService, { strict: false }), 'offer');
  });
  afterEach(() => jest.restoreAllMocks());

  it('begins its ranges at the first environment, code 100 and 0.001 s', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    simulator.tick();
    expect(offer).toHaveBeenCalledWith('simulator', { env: 'a', statuscode: 100, seconds: 0.001 });
  });

  it('ends them at the last environment, code 598 and less than 10 s', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON / 2);
    simulator.tick();
    const [offered] = recorded();
    expect(offered).toEqual({ env: 'c', statuscode: 598, seconds: expect.closeTo(10, 12) });
    expect(offered?.seconds).toBeLessThan(10);
  });

  it('spreads evenly over codes, environments and durations, and offers nothing that is refused', () => {
    for (let i = 0; i < 49_900; i++) simulator.tick();
    const all = recorded();
    expect(all).toHaveLength(49_900);
    expect(new Set(all.map(({ statuscode }) => statuscode)).size).toBe(499);
    expect(all.filter(({ env }) => env === 'b').length / all.length).toBeCloseTo(1 / 3, 1);
    expect(all.reduce((sum, { seconds }) => sum + (seconds ?? NaN), 0) / all.length).toBeCloseTo(5, 0);
  });

  function recorded(): Observation[] {
    return offer.mock.calls
      .filter((_call, i) => offer.mock.results[i]?.value === undefined)
      .map(([, candidate]) => candidate)
      .filter((candidate): candidate is Observation => candidate !== undefined);
  }
});
