import type { LiveData } from '../figures/live-data.js';
import { type Source, sources, type StatusCode, topStatusCodes } from '../figures/summary.js';
import { integerText, perSecond, share, text } from '../figures/units.js';
import { find, make } from './dom.js';
import { swatch } from './legend.js';
import type { View } from './view.js';

/** Rows of the table of status codes; fewer codes leave rows empty. */
const MOST_CODES = 8;

const NAMES: Readonly<Record<string, string>> = {
  simulator: 'Simulator',
  http: 'HTTP',
  websocket: 'WebSocket',
  access_log: 'Access logs',
  syslog: 'Syslog',
  broker: 'Broker',
  elasticsearch: 'Elasticsearch',
};

/** Fills the tables with what the last minute showed. */
export function updateTables({ scrapes }: LiveData, { environment }: View): void {
  const codes = topStatusCodes(scrapes, MOST_CODES, environment).map(codeRow);
  find('#codes tbody', HTMLElement).replaceChildren(...codes);
  find('#sources tbody', HTMLElement).replaceChildren(...sources(scrapes).map(sourceRow));
}

function codeRow({ code, type, perSecond: rate, share: part }: StatusCode): HTMLTableRowElement {
  const bar = make('span', 'bar');
  bar.style.setProperty('--colour', `var(--class-${type})`);
  bar.style.setProperty('--share', String(part));
  const name = make('th', '', swatch({ colour: `class-${type}` }), code);
  name.scope = 'row';
  const [number = ''] = text(rate, perSecond).split(' ');
  return make(
    'tr',
    '',
    name,
    make('td', '', value(rate, number)),
    make('td', '', bar, value(part, text(part, share))),
  );
}

function sourceRow({ name, recorded, refused, recording, reasons }: Source): HTMLTableRowElement {
  const title = make('th', '', NAMES[name] ?? name);
  title.scope = 'row';
  const why = reasons.map(([reason, count]) => `${reason} ${integerText(count)}`).join(', ');
  const row = make(
    'tr',
    '',
    title,
    make('td', '', value(recording, text(recording, perSecond))),
    make('td', '', value(recorded, integerText(recorded))),
    make('td', refused > 0 ? 'refused' : '', value(refused, integerText(refused)), make('small', '', why)),
  );
  row.dataset['source'] = name;
  row.title = why;
  return row;
}

function value(exact: number, shown: string): HTMLDataElement {
  const element = make('data', '', shown);
  element.value = String(exact);
  return element;
}
