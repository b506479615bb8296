import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval, SchedulerRegistry } from '@nestjs/schedule';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { SETTINGS } from '../../settings/token.js';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import type { SimulatorSettings } from './simulator.settings.js';

const INTERVAL = 'simulator';

/** Most services, methods and routes of the lists that are simulated, because all their combinations become series. */
const MOST_PLAYED = 3;

/** Simulates a service: a random observation every 10 ms. */
@Injectable()
export class SimulatorService implements OnApplicationBootstrap {
  private readonly logger = new Logger('SimulatorService');
  constructor(
    @Inject(SETTINGS)
    private readonly settings: RecordingSettings & SimulatorSettings,
    private readonly recorder: RecorderService,
    private readonly scheduler: SchedulerRegistry,
    lifecycle: Lifecycle,
  ) {
    recorder.configure('simulator');
    lifecycle.onStop('simulator', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.logger.warn(
      this.settings.SIMULATOR === 'on'
        ? 'The simulator adds random data to what other sources report. Set SIMULATOR=off to count real data only.'
        : 'The simulator adds random data to response_code and response_time until a source is configured.',
    );
  }

  @Interval(INTERVAL, 10)
  tick(): void {
    const { ENVIRONMENTS, SERVICES, METHODS, ROUTES } = this.settings;
    this.recorder.offer('simulator', {
      env: oneOf(ENVIRONMENTS),
      statuscode: randomInteger(100, 599),
      seconds: 0.001 + Math.random() * 9.999,
      service: oneOf(SERVICES.slice(0, MOST_PLAYED)),
      method: oneOf(METHODS.slice(0, MOST_PLAYED)),
      route: oneOf(ROUTES.slice(0, MOST_PLAYED)),
    });
  }

  /** The scheduler itself would stop it only after all sources, when the final values may have been scraped. */
  private stop(): void {
    if (this.scheduler.doesExist('interval', INTERVAL)) this.scheduler.deleteInterval(INTERVAL);
  }
}

/** A random entry; undefined if there is none. */
function oneOf(values: readonly string[]): string | undefined {
  return values[randomInteger(0, values.length)];
}

/** Uniform in [from, to), like `gen_range` of Rust's rand. */
function randomInteger(from: number, to: number): number {
  return from + Math.floor(Math.random() * (to - from));
}
