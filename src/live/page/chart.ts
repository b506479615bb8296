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

/** A card with a chart, its legend, and the crosshair that all charts share. */
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

  /** Recreates the chart, for new lines or colours. */
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

  /** Shows the current timeline. */
  update(): void {
    const columns = this.lines.map(({ figure }) => this.shown(this.data.timeline.values(figure.expression)));
    const areas = this.definition.shape === 'stacked' ? stacked(columns) : columns;
    const rows = areas.map((column) =>
      Array.from(column, (value) => (Number.isFinite(value) ? value : null)),
    );
    this.plot?.setData([this.times(), ...rows]);
    this.point();
  }

  /** Moves the crosshair to the time that the view points at, and shows the values at that time, or the latest ones. */
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

  /** The row of the crosshair. uPlot would choose it by whole pixels, which may be fewer than rows. */
  private pointed(): number {
    return nearest(this.times(), this.view.time ?? Infinity);
  }

  /** The part of a column that the time axis shows, and one row before, where the line into the chart begins. */
  private shown(column: Float64Array): Float64Array {
    const [from] = this.range();
    return column.subarray(Math.max(0, this.data.timeline.times.findIndex((time) => time >= from) - 1));
  }

  private range(): [number, number] {
    const end = this.data.timeline.times.at(-1) ?? Date.now();
    return [end - this.view.minutes * MINUTE, end];
  }
}

/** The position at which uPlot hides its crosshair. */
const OUTSIDE = -10;

/** Stacks each column on the previous ones. A missing value, such as of a class without responses, counts as 0 if others exist. */
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
