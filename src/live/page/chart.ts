import type uPlot from 'uplot';
import type { LiveData } from '../figures/live-data.js';
import { text } from '../figures/units.js';
import type { ChartDefinition, Line } from './charts.js';
import { describe, followKeys, followPointer, nearest, type Target } from './crosshair.js';
import { find, make, setText } from './dom.js';
import { Legend } from './legend.js';
import { clock, plot } from './plot.js';
import type { View } from './view.js';

const MINUTE = 60_000;

/** A card with a chart, its legend, and the crosshair that it shares with the others. */
export class Chart implements Target {
  readonly area = make('div', 'plot');
  private readonly time = make('time', 'of', 'now');
  private readonly query = make('p', 'query');
  private readonly legend: Legend;
  private lines: Line[] = [];
  private plot: uPlot | undefined;

  readonly times = (): Float64Array => this.shown(this.data.timeline.times);

  readonly timeAt = (clientX: number): number =>
    this.plot?.posToVal(clientX - this.plot.over.getBoundingClientRect().left, 'x') ?? Infinity;

  constructor(
    private readonly definition: ChartDefinition,
    private readonly data: LiveData,
    private readonly view: View,
  ) {
    const card = find(`[data-chart="${definition.name}"]`, HTMLElement);
    this.legend = new Legend(definition.unit);
    this.area.setAttribute('aria-label', `${find('h2', HTMLElement, card).textContent}, at a time`);
    card.append(this.time, this.query, this.legend.element, this.area);
    followKeys(this, view);
    followPointer(this, view);
    new ResizeObserver(() =>
      this.plot?.setSize({ width: this.area.clientWidth, height: this.area.clientHeight }),
    ).observe(this.area);
  }

  /** Makes the chart anew: for other lines, or other colours. */
  rebuild(): void {
    const { labels } = this.view;
    this.lines = this.definition.lines(this.data.environments, labels);
    this.legend.setLines(this.lines);
    this.query.textContent = this.definition.query(labels);
    this.query.title = this.query.textContent;
    this.plot?.destroy();
    this.plot = plot(
      this.area,
      this.definition,
      this.lines,
      () => this.range(),
      () => this.pointed(),
    );
    this.update();
  }

  /** Shows what the timeline has now. */
  update(): void {
    const columns = this.lines.map(({ figure }) => this.shown(this.data.timeline.values(figure.expression)));
    const areas = this.definition.shape === 'stacked' ? stacked(columns) : columns;
    const rows = areas.map((column) =>
      Array.from(column, (value) => (Number.isFinite(value) ? value : null)),
    );
    this.plot?.setData([this.times(), ...rows]);
    this.point();
  }

  /** Moves the crosshair to the time that the view points at, and shows the values of then, or of now. */
  point(): void {
    const { times, length } = this.data.timeline;
    const { time } = this.view;
    const index = time === undefined ? length - 1 : nearest(times, time);
    const at = time === undefined ? undefined : times[index];
    const values = this.lines.map(({ figure }) => this.data.timeline.values(figure.expression)[index] ?? NaN);
    const shownTime = at === undefined ? 'now' : clock(at);
    this.legend.setValues(values);
    setText(this.time, shownTime);
    const left = at === undefined ? OUTSIDE : (this.plot?.valToPos(at, 'x') ?? OUTSIDE);
    this.plot?.setCursor({ left, top: left < 0 ? OUTSIDE : 0 }, false);
    const spoken = this.lines.map(({ group = '', label }, i) =>
      `${group} ${label} ${text(values[i] ?? NaN, this.definition.unit)}`.trim(),
    );
    describe(this, time, `${shownTime}: ${spoken.join(', ')}`);
  }

  /** uPlot would take the row at a full pixel, of which there may be less than rows. */
  private pointed(): number {
    return nearest(this.times(), this.view.time ?? Infinity);
  }

  /** The part of a column that the time axis shows, and one row before, from which a line leads into it. */
  private shown(column: Float64Array): Float64Array {
    const [from] = this.range();
    return column.subarray(Math.max(0, this.data.timeline.times.findIndex((time) => time >= from) - 1));
  }

  private range(): [number, number] {
    const end = this.data.timeline.times.at(-1) ?? Date.now();
    return [end - this.view.minutes * MINUTE, end];
  }
}

/** Where uPlot hides its crosshair. */
const OUTSIDE = -10;

/** Each column on top of those before it. What has no value while others do, such as a class that nobody has seen, adds nothing. */
function stacked(columns: readonly Float64Array[]): Float64Array[] {
  let below: Float64Array | undefined;
  return columns.map((column) => {
    below = column.map((value, row) => {
      if (columns.every((other) => Number.isNaN(other[row]))) return NaN;
      return (Number.isNaN(value) ? 0 : value) + (below?.[row] ?? 0);
    });
    return below;
  });
}
