/** Milliseconds from one question to the next. */
const INTERVAL = 2_000;
/** Milliseconds after which an answer is not waited for any longer. */
const PATIENCE = 5_000;
/** Where the token is kept: in this tab, until it is closed, and for this path, as a proxy may have others beside it. */
const TOKEN = `metrics-token ${location.pathname}`;

export type Answer =
  /** `time` of the question by the browser's clock, `serverTime` of the answer by the service's, in milliseconds. */
  | { kind: 'exposition'; time: number; serverTime: number; text: string }
  | { kind: 'unauthorized'; tokenSent: boolean }
  | { kind: 'unreachable'; reason: string };

/** Asks for `/metrics` again and again, while the page is seen and not paused. What is asked meanwhile is dropped. */
export class Poller {
  private paused = false;
  private run: AbortController | undefined;

  constructor(private readonly receive: (answer: Answer) => void) {
    document.addEventListener('visibilitychange', () => this.startOrStop());
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.startOrStop();
  }

  /** Takes a token for this session, and asks with it at once. */
  useToken(token: string): void {
    sessionStorage.setItem(TOKEN, token);
    this.stop();
    this.startOrStop();
  }

  /** Asks as long as the page is seen and not paused. */
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
      const answer = await ask(time, stopped);
      if (stopped.aborted) return;
      this.receive(answer);
      // Only a new token changes anything, and that starts the next run.
      if (answer.kind === 'unauthorized') return;
      await pauseUntil(time + INTERVAL, stopped);
    }
  }
}

async function ask(time: number, stopped: AbortSignal): Promise<Answer> {
  const token = sessionStorage.getItem(TOKEN);
  const headers: HeadersInit = token === null ? {} : { Authorization: `Bearer ${token}` };
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE)]);
    const response = await fetch('metrics', { headers, signal, cache: 'no-store' });
    if (response.status === 401) return { kind: 'unauthorized', tokenSent: token !== null };
    if (!response.ok) return { kind: 'unreachable', reason: `it answers HTTP ${response.status}` };
    const serverTime = Date.parse(response.headers.get('Date') ?? '');
    return { kind: 'exposition', time, serverTime, text: await response.text() };
  } catch {
    return { kind: 'unreachable', reason: 'it does not answer' };
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
