import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS } from '../settings/token.js';
import type { LifecycleSettings } from './lifecycle.settings.js';

/** Turns of the event loop: the one in progress ends, connections that wait are accepted, what they sent is read. */
const TURNS = 3;

/** Resolves when what clients had sent at the time of the call, and has arrived, is read. */
export async function arrivals(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}

/** Whether the service is on its way up, up, or on its way down, and when a stop has to be over. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  phase: 'starting' | 'ready' | 'shutting down' = 'starting';
  /** When a stop has to be over, by the clock of `performance`, in milliseconds. */
  deadline = Infinity;
  private readonly overdueController = new AbortController();
  private readonly lateController = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(@Inject(SETTINGS) private readonly settings: LifecycleSettings) {}

  /** Aborted at the deadline, of which there is one for the whole stop. */
  get overdue(): AbortSignal {
    return this.overdueController.signal;
  }

  /** Aborted when half of that time is over: what is recorded later, nobody may have the time to fetch. */
  get late(): AbortSignal {
    return this.lateController.signal;
  }

  onApplicationBootstrap(): void {
    this.phase = 'ready';
  }

  /** Begins the stop: from now on the service is not ready, refuses observations, and its time runs. */
  stop(): void {
    if (this.phase === 'shutting down') return;
    this.phase = 'shutting down';
    const milliseconds = this.settings.SHUTDOWN_TIMEOUT_SECONDS * 1000;
    this.deadline = performance.now() + milliseconds;
    this.timers.push(
      setTimeout(() => this.lateController.abort(), milliseconds / 2),
      setTimeout(() => this.overdueController.abort(), milliseconds),
    );
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
