import type { Past } from '../figures/past.js';
import { GAP } from '../figures/scrapes.js';
import { ServerClock } from './server-clock.js';

/** Fetched after a gap; otherwise only the second. */
const PATHS = ['live/history', 'metrics'] as const;
/** Milliseconds between two polls. */
const INTERVAL = 2_000;
/** Timeout of a request, in milliseconds. */
const PATIENCE = 5_000;
/** Session storage key of the token: for this tab until it is closed, and for this path, because a proxy may serve several. */
const TOKEN = `metrics-token ${location.pathname}`;

export type Answer =
  /** `time` of the request, by the service's clock, in milliseconds. */
  | { kind: 'past'; time: number; past: Past }
  | { kind: 'exposition'; time: number; text: string }
  | { kind: 'unauthorized'; tokenSent: boolean }
  | { kind: 'unreachable'; reason: string };

/**
 * Polls `/metrics` while the page is visible and not paused. After each gap, it fetches the service's history first.
 * Stopping aborts a request in flight.
 */
export class Poller {
  private readonly clock = new ServerClock();
  /** Time of the last answered request. */
  private last = -Infinity;
  private paused = false;
  private run: AbortController | undefined;

  constructor(private readonly receive: (answer: Answer) => void) {
    document.addEventListener('visibilitychange', () => this.startOrStop());
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.startOrStop();
  }

  /** Stores a token for this session, and polls with it at once. */
  useToken(token: string): void {
    sessionStorage.setItem(TOKEN, token);
    this.stop();
    this.startOrStop();
  }

  /** Polls while the page is visible and not paused. */
  startOrStop(): void {
    const wanted = !this.paused && !document.hidden;
    if (!wanted) this.stop();
    else if (this.run === undefined) {
      this.run = new AbortController();
      void this.poll(this.run.signal);
    }
  }

  private stop(): void {
    this.run?.abort();
    this.run = undefined;
  }

  private async poll(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const time = Date.now();
      for (const path of this.clock.now() - this.last > GAP ? PATHS : PATHS.slice(1)) {
        const answer = await this.ask(path, stopped);
        if (stopped.aborted) return;
        // A proxy may block the history, so only /metrics shows whether the service is reachable.
        if (path === 'metrics' || answer.kind !== 'unreachable') this.receive(answer);
        // Polling continues when `useToken` is called.
        if (answer.kind === 'unauthorized') return;
      }
      await pauseUntil(time + INTERVAL, stopped);
    }
  }

  private async ask(path: (typeof PATHS)[number], stopped: AbortSignal): Promise<Answer> {
    const token = sessionStorage.getItem(TOKEN);
    const headers: HeadersInit = token === null ? {} : { Authorization: `Bearer ${token}` };
    try {
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE)]);
      const asked = Date.now();
      const response = await fetch(path, { headers, signal, cache: 'no-store' });
      if (response.status === 401) return { kind: 'unauthorized', tokenSent: token !== null };
      if (!response.ok) return { kind: 'unreachable', reason: `it answers HTTP ${response.status}` };
      const jumped = this.clock.follow(Date.parse(response.headers.get('Date') ?? ''));
      const [past, metrics] = PATHS;
      if (jumped && path === metrics) return await this.ask(past, stopped);
      const time = this.clock.at(asked);
      const answer: Answer =
        path === past
          ? { kind: 'past', time, past: await response.json() }
          : { kind: 'exposition', time, text: await response.text() };
      this.last = time;
      return answer;
    } catch {
      return { kind: 'unreachable', reason: 'it does not answer' };
    }
  }
}

function pauseUntil(time: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end); // a page may stay open for weeks
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, time - Date.now()));
    stopped.addEventListener('abort', end);
  });
}
