// The live page: fetches the history and /metrics, computes all figures from them, and shows them.
import { LiveData } from '../figures/live-data.js';
import { about } from '../figures/summary.js';
import { Chart } from './chart.js';
import { CHARTS } from './charts.js';
import { Controls } from './controls.js';
import { LabelChoices } from './label-choices.js';
import { type Answer, Poller } from './poller.js';
import { showAbout, showBeginning, showEmpty, showOutage, showState } from './status.js';
import { updateTables } from './tables.js';
import { TokenForm } from './token-form.js';
import { View } from './view.js';

const data = new LiveData();
const view = new View();
const charts = CHARTS.map((definition) => new Chart(definition, data, view));
const poller = new Poller(receive);
const controls = new Controls(view, poller, () => {
  showState(controls.paused ? 'paused' : 'connecting');
  showOutage();
});
const labelChoices = new LabelChoices(view);
const tokenForm = new TokenForm((token) => poller.useToken(token));

view.onChange = (change) => {
  if (change === 'crosshair') {
    for (const chart of charts) chart.point();
  } else {
    data.choose(view.chosen);
    rebuild();
  }
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', rebuild);
rebuild();
poller.startOrStop();

function receive(answer: Answer): void {
  switch (answer.kind) {
    case 'unauthorized':
      showState('locked');
      showOutage();
      return tokenForm.ask(answer.tokenSent);
    case 'unreachable':
      showState('unreachable');
      return showOutage(answer.reason, data.timeline.times.at(-1));
    case 'past':
      return data.addPast(answer.time, answer.past);
    case 'exposition':
      return show(answer);
  }
}

function show({ time, text }: Answer & { kind: 'exposition' }): void {
  try {
    data.add(time, text);
  } catch (error) {
    showState('unreachable');
    return showOutage(`/metrics is not readable, ${String(error)}`, data.timeline.times.at(-1));
  }
  showState('live');
  showOutage();
  tokenForm.close();
  const summary = about(data.scrapes);
  showAbout(summary, time);
  showEmpty(summary.data === 'none' && summary.observations === 0, data.environments);
  labelChoices.offer(data.scrapes);
  if (controls.offer(data.environments)) rebuild();
  else update();
}

function rebuild(): void {
  for (const chart of charts) chart.rebuild();
  updateTables(data, view);
  showBeginning(data, view);
}

function update(): void {
  for (const chart of charts) chart.update();
  updateTables(data, view);
  showBeginning(data, view);
}
