import type { LiveData } from '../figures/live-data.js';
import {
  type Refused,
  type Source,
  sources,
  type StatusCode,
  topStatusCodes,
  turnedAway,
} from '../figures/summary.js';
import { durationText, integerText, perSecond, share, text } from '../figures/units.js';
import { find, make } from './dom.js';
import { swatch } from './legend.js';
import type { View } from './view.js';

/** Rows of the table of status codes; unused rows stay empty. */
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

/** Fills the tables from the last minute of scrapes. */
export function updateTables(data: LiveData, { labels }: View): void {
  const codes = topStatusCodes(data.scrapes, MOST_CODES, labels).map(codeRow);
  find('#codes tbody', HTMLElement).replaceChildren(...codes);
  const now = data.timeline.times.at(-1) ?? NaN;
  const rows = sources(data).map((source) => sourceRow(source, now));
  find('#sources tbody', HTMLElement).replaceChildren(...rows, turnedAwayRow(turnedAway(data), now));
}

function codeRow({ code, type, perSecond: rate, share: part }: StatusCode): HTMLTableRowElement {
  const bar = make('span', 'bar');
  bar.style.setProperty('--colour', `var(--class-${type})`);
  bar.style.setProperty('--share', String(part));
  const name = make('th', '', swatch({ colour: `class-${type}` }), code);
  name.scope = 'row';
  return make(
    'tr',
    '',
    name,
    make('td', '', value(rate, rateText(rate))),
    make('td', '', bar, value(part, text(part, share))),
  );
}

function sourceRow(source: Source, now: number): HTMLTableRowElement {
  const { name, recorded, refused, recording } = source;
  const row = make(
    'tr',
    '',
    title(NAMES[name] ?? name, silence(source, now)),
    make('td', '', value(recording, rateText(recording))),
    make('td', '', value(recorded, integerText(recorded))),
    refusedCell(refused, now),
  );
  row.dataset['source'] = name;
  return row;
}

/** How long an idle source has been silent. */
function silence({ configured, lastRecorded, recording }: Source, now: number): string {
  if (recording > 0) return '';
  if (lastRecorded === 0) return configured ? 'configured, nothing yet' : '';
  return `silent for ${duration(now - lastRecorded * 1000)}`;
}

function turnedAwayRow(refused: Refused, now: number): HTMLTableRowElement {
  const name = title('Turned away', 'connections, requests, clients');
  return make('tr', '', name, make('td'), make('td'), refusedCell(refused, now));
}

/** The text of a duration, which may be negative if clocks differ slightly. */
function duration(milliseconds: number): string {
  return durationText(Math.max(0, milliseconds) / 1000);
}

function title(name: string, more: string): HTMLTableCellElement {
  const cell = make('th', '', name, make('small', '', more));
  cell.scope = 'row';
  return cell;
}

function refusedCell({ count, reasons, last }: Refused, now: number): HTMLTableCellElement {
  const why = reasons.map(([reason, times]) => `${reason} ${integerText(times)}`).join(', ');
  const when = last === undefined ? '' : `last ${duration(now - last)} ago`;
  const more = [make('small', '', why), make('small', 'when', when)];
  return make('td', count > 0 ? 'refused' : '', value(count, integerText(count)), ...more);
}

/** Without the unit, which is in the column header. */
function rateText(rate: number): string {
  return text(rate, perSecond).replace(/ ?req\/s$/, '');
}

function value(exact: number, shown: string): HTMLDataElement {
  const element = make('data', '', shown);
  element.value = String(exact);
  return element;
}
