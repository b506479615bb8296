/*! uPlot: Copyright (c) 2025, Leon Sorokin, MIT License, https://github.com/leeoniya/uPlot */
import uPlot from 'uplot';
import { axisTop, tickSteps, tickTexts, type Unit } from '../figures/units.js';
import type { ChartDefinition, Line } from './charts.js';

const FONT = '11px system-ui, sans-serif';
/** CSS pixels for the labels left of the plot: the same in all charts, so that their time axes are aligned. */
const AXIS_WIDTH = 62;
const AXIS_HEIGHT = 26;
/** Milliseconds between two labels of the time axis. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000);
const DASHES = { dotted: [1.5, 3], dashed: [6, 4] } as const;

/**
 * A uPlot of the lines, in the size of its element.
 * @param timeRange milliseconds at the ends of the time axis
 * @param pointed index of the row that the crosshair points at
 */
export function plot(
  element: HTMLElement,
  { unit, shape }: ChartDefinition,
  lines: readonly Line[],
  timeRange: () => [number, number],
  pointed: () => number,
): uPlot {
  const grid = { stroke: () => colour('grid'), width: 1 };
  const axis = { stroke: () => colour('muted'), font: FONT, grid, ticks: { show: false } };
  return new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      ms: 1,
      padding: [8, 26, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        bind: UNBOUND,
        dataIdx: pointed,
        points: { size: 7 },
      },
      scales: {
        x: { time: true, range: timeRange },
        y: { range: (_self, _least, largest) => [0, axisTop(largest, unit)] },
      },
      axes: [
        { ...axis, size: AXIS_HEIGHT, space: 46, incrs: TIME_STEPS, values: clockTexts },
        { ...axis, ...valueAxis(unit), size: AXIS_WIDTH, space: 34 },
      ],
      series: [{}, ...lines.map((line) => series(line, shape))],
      bands: shape === 'stacked' ? lines.slice(1).map((_, i) => ({ series: [i + 2, i + 1] })) : [],
    },
    [[], ...lines.map(() => [])],
    element,
  );
}

// The crosshair follows the View, which also handles keys and touch.
const ignored = (): null => null;
const UNBOUND: uPlot.Cursor.Bind = {
  mousedown: ignored,
  mouseup: ignored,
  click: ignored,
  dblclick: ignored,
  mousemove: ignored,
  mouseleave: ignored,
  mouseenter: ignored,
};

function series({ label, colour: name, stroke }: Line, shape: ChartDefinition['shape']): uPlot.Series {
  const { stepped } = uPlot.paths;
  return {
    label,
    stroke: () => colour(name),
    width: stroke === undefined ? 1.75 : 1.5,
    ...(stroke && { dash: [...DASHES[stroke]] }),
    ...(shape === 'stacked' && { fill: () => colour(`${name}-fill`) }),
    ...(shape === 'stepped' && stepped && { paths: stepped({ align: 1 }) }),
    points: { show: false },
  };
}

function valueAxis(unit: Unit): uPlot.Axis {
  return { incrs: tickSteps(unit), values: (_self, ticks) => tickTexts(ticks, unit) };
}

function clockTexts(_self: uPlot, ticks: number[]): string[] {
  return ticks.map((tick) => clock(tick, false));
}

/** A time of day, in the visitor's time zone. */
export function clock(time: number, withSeconds = true): string {
  const text = new Date(time).toTimeString();
  return text.slice(0, withSeconds ? 8 : 5);
}

/** A colour of colours.css, for the system's light or dark mode. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
