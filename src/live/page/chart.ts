import type uPlot from 'uplot';
import type { LiveData } from '../figures/live-data.js';
import { text } from '../figures/units.js';
import type { ChartDefinition, Line } from './charts.js';
import { find, make, setText } from './dom.js';
import { Legend } from './legend.js';
import { clock, plot } from './plot.js';
import type { View } from './view.js';

const MINUTE = 60_000;

/** A card with a chart, its legend, and the crosshair that it shares with the others. */
export class Chart {
  private readonly time = make('time', 'of', 'now');
  private readonly query = make('p', 'query');
  private readonly legend: Legend;
  private readonly area = make('div', 'plot');
  private readonly title: string;
  private lines: Line[] = [];
  private plot: uPlot | undefined;
  /** Index in the timeline of the first row that the plot has. */
  private first = 0;

  constructor(
    private readonly definition: ChartDefinition,
    private readonly data: LiveData,
    private readonly view: View,
  ) {
    const card = find(`[data-chart="${definition.name}"]`, HTMLElement);
    this.title = find('h2', HTMLElement, card).textContent;
    this.legend = new Legend(definition.unit);
    card.append(this.time, this.query, this.legend.element, this.area);
    this.makeAccessible();
    this.followPointer();
    new ResizeObserver(() => this.plot?.setSize(this.size)).observe(this.area);
  }

  /** Makes the chart anew: for other lines, or other colours. */
  rebuild(): void {
    const { environment } = this.view;
    this.lines = this.definition.lines(this.data.environments, environment);
    this.legend.setLines(this.lines);
    const query = this.definition.query(environment);
    setText(this.query, query);
    this.query.title = query;
    this.plot?.destroy();
    this.plot = plot(this.area, this.definition, this.lines, () => this.timeRange);
    this.update();
  }

  /** Shows what the timeline has now. */
  update(): void {
    const { timeline } = this.data;
    const [from] = this.timeRange;
    this.first = Math.max(0, timeline.times.findIndex((time) => time >= from) - 1);
    const columns = this.lines.map(({ figure }) => timeline.values(figure.expression).subarray(this.first));
    const shown = this.definition.shape === 'stacked' ? stacked(columns) : columns;
    const rows = shown.map((column) =>
      Array.from(column, (value) => (Number.isFinite(value) ? value : null)),
    );
    this.plot?.setData([timeline.times.subarray(this.first), ...rows]);
    this.point();
  }

  /** Moves the crosshair to the time that the view points at, and shows the values of then, or of now. */
  point(): void {
    const { timeline } = this.data;
    const { time } = this.view;
    const index = time === undefined ? timeline.length - 1 : nearest(timeline.times, time);
    const at = timeline.times[index];
    const values = this.lines.map(({ figure }) => timeline.values(figure.expression)[index] ?? NaN);
    this.legend.setValues(values);
    const shownTime = time === undefined || at === undefined ? 'now' : clock(at);
    setText(this.time, shownTime);
    const left = time === undefined || at === undefined ? -10 : (this.plot?.valToPos(at, 'x') ?? -10);
    this.plot?.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
    this.area.setAttribute('aria-valuemax', String(Math.max(0, timeline.length - 1)));
    this.area.setAttribute('aria-valuenow', String(Math.max(0, index)));
    const spoken = this.lines.map(({ group = '', label }, i) =>
      `${group} ${label} ${text(values[i] ?? NaN, this.definition.unit)}`.trim(),
    );
    this.area.setAttribute('aria-valuetext', `${shownTime}: ${spoken.join(', ')}`);
  }

  private get size(): { width: number; height: number } {
    return { width: this.area.clientWidth, height: this.area.clientHeight };
  }

  private get timeRange(): [number, number] {
    const end = this.data.timeline.times.at(-1) ?? Date.now();
    return [end - this.view.minutes * MINUTE, end];
  }

  /** The arrow keys move the crosshair, as they move a slider. */
  private makeAccessible(): void {
    this.area.tabIndex = 0;
    this.area.setAttribute('role', 'slider');
    this.area.setAttribute('aria-label', `${this.title}, at a time`);
    this.area.setAttribute('aria-valuemin', '0');
    this.area.addEventListener('keydown', (event) => {
      const { times } = this.data.timeline;
      const at = nearest(times, this.view.time ?? Infinity);
      const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: this.first, End: times.length - 1 }[
        event.key
      ];
      if (event.key === 'Escape') this.view.pointAt(undefined);
      if (target === undefined) return;
      event.preventDefault();
      this.view.pointAt(times[Math.min(Math.max(target, this.first), times.length - 1)]);
    });
    this.area.addEventListener('blur', () => this.view.pointAt(undefined));
  }

  private followPointer(): void {
    const point = ({ clientX }: PointerEvent): void => {
      if (this.plot === undefined || this.data.timeline.length === 0) return;
      const time = this.plot.posToVal(clientX - this.plot.over.getBoundingClientRect().left, 'x');
      const { times } = this.data.timeline;
      this.view.pointAt(times[nearest(times, time)]);
    };
    this.area.addEventListener('pointermove', point);
    this.area.addEventListener('pointerdown', point);
    this.area.addEventListener('pointerleave', () => this.view.pointAt(undefined));
  }
}

/** Each column on top of those before it. */
function stacked(columns: readonly Float64Array[]): Float64Array[] {
  let below: Float64Array | undefined;
  return columns.map((column) => {
    below = column.map((value, row) => value + (below?.[row] ?? 0));
    return below;
  });
}

/** Index of the time that is nearest, -1 if there are none. */
function nearest(times: Float64Array, time: number): number {
  const after = times.findIndex((candidate) => candidate >= time);
  if (after <= 0) return after === 0 ? 0 : times.length - 1;
  const [left = -Infinity, right = Infinity] = [times[after - 1], times[after]];
  return time - left < right - time ? after - 1 : after;
}
