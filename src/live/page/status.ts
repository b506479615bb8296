import type { LiveData } from '../figures/live-data.js';
import { about, type About } from '../figures/summary.js';
import { durationText } from '../figures/units.js';
import { find, make, setText } from './dom.js';
import { clock } from './plot.js';
import type { View } from './view.js';

export type State = 'connecting' | 'live' | 'paused' | 'unreachable' | 'locked';

const STATES: Readonly<Record<State, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  unreachable: 'Unreachable',
  locked: 'Token needed',
};

const DATA: Readonly<Record<About['data'], readonly [string, string]>> = {
  none: ['', ''],
  simulated: ['Simulated data', 'All figures are random. SIMULATOR=off ends that.'],
  'simulated and real': [
    'Partly simulated',
    'The simulator adds to what real sources report. SIMULATOR=off ends that.',
  ],
  real: ['Real data', 'Nothing is simulated.'],
};

const MINUTE = 60_000;
/** Milliseconds from the start of the service to its first history sample, at most. */
const START_UP = 15_000;

export function showState(state: State): void {
  const pill = find('#state', HTMLElement);
  pill.dataset['state'] = state;
  setText(pill, STATES[state]);
  document.body.dataset['state'] = state;
}

/** @param time by the same clock as the start of the service, in milliseconds */
export function showAbout({ version, nodeVersion, started, data }: About, time: number): void {
  const element = find('#version', HTMLElement);
  setText(element, version);
  element.title = `on Node.js ${nodeVersion}`;
  const seconds = time / 1000 - started;
  setText(find('#uptime', HTMLElement), seconds >= 0 ? `up ${durationText(seconds)}` : '');
  const pill = find('#data', HTMLElement);
  const [text, title] = DATA[data];
  setText(pill, text);
  pill.title = title;
  pill.dataset['data'] = data;
  pill.hidden = data === 'none';
}

/** Explains where the charts begin, if they do not fill the time shown. */
export function showBeginning(data: LiveData, { chosen, minutes }: View): void {
  const { beginning, scrapes, timeline } = data;
  const values = Object.entries(chosen).map(([label, value]) => `${label} ${value}`);
  const isFull = !(beginning > (timeline.times.at(-1) ?? NaN) - minutes * MINUTE);
  const isStart = beginning - about(scrapes).started * 1000 < START_UP;
  const why = isStart ? ', when the service started' : '; nothing older is kept';
  const ofAll = isFull ? '' : `The charts begin at ${clock(beginning)}${why}.`;
  const ofChosen = `The past of ${values.join(', ')} is not kept: its charts begin at ${clock(beginning)}.`;
  setText(find('#beginning', HTMLElement), values.length > 0 && !isFull ? ofChosen : ofAll);
}

/** Shows why and since when no new data arrives; without a reason, hides the notice. */
export function showOutage(reason?: string, lastSeen?: number): void {
  const notice = find('#notice', HTMLElement);
  if (reason === undefined) {
    notice.replaceChildren();
    return;
  }
  const since = lastSeen === undefined ? '' : ` The charts show what was seen until ${clock(lastSeen)}.`;
  const text = `The service is unreachable: ${reason}. Trying again every two seconds.${since}`;
  if (notice.textContent !== text) notice.replaceChildren(make('p', '', text));
}

/** Shows how to send a first observation, until there is one. */
export function showEmpty(empty: boolean, environments: readonly string[]): void {
  const env = environments.includes('production') ? 'production' : (environments[0] ?? 'production');
  const observation = JSON.stringify({ env, statuscode: 200, seconds: 0.031 });
  const url = new URL('observations', location.href);
  const command = `curl ${url} \\\n  -H 'Content-Type: application/json' \\\n  -d '${observation}'`;
  setText(find('#curl', HTMLElement), command);
  find('#empty', HTMLElement).hidden = !empty;
  for (const card of document.querySelectorAll<HTMLElement>('.traffic')) card.hidden = empty;
}
