import type { View } from './view.js';

/** The parts of a chart that are needed to point at a time. */
export interface Target {
  area: HTMLElement;
  /** The times in the chart, in milliseconds since the epoch, ascending. */
  times: () => Float64Array;
  /** The time that a chart shows at a horizontal position in the window. */
  timeAt: (clientX: number) => number;
}

/** A mouse, pen or finger moves the crosshair of all charts. */
export function followPointer({ area, times, timeAt }: Target, view: View): void {
  const point = ({ clientX }: PointerEvent): void => {
    view.pointAt(times()[nearest(times(), timeAt(clientX))]);
  };
  area.addEventListener('pointermove', point);
  area.addEventListener('pointerdown', point);
  area.addEventListener('pointerleave', () => view.pointAt(undefined));
}

/** The arrow keys move the crosshair of all charts like a slider. */
export function followKeys({ area, times }: Target, view: View): void {
  area.tabIndex = 0;
  area.setAttribute('role', 'slider');
  area.setAttribute('aria-valuemin', '0');
  area.addEventListener('keydown', (event) => {
    const all = times();
    const last = all.length - 1;
    const at = nearest(all, view.time ?? Infinity);
    const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const target = Object.entries(steps).find(([key]) => key === event.key)?.[1];
    if (event.key === 'Escape') view.pointAt(undefined);
    if (target === undefined) return;
    event.preventDefault();
    view.pointAt(all[Math.min(Math.max(target, 0), last)]);
  });
  area.addEventListener('blur', () => view.pointAt(undefined));
}

/** Describes the position of the crosshair and the values there to screen readers. */
export function describe({ area, times }: Target, time: number | undefined, text: string): void {
  area.setAttribute('aria-valuemax', String(Math.max(0, times().length - 1)));
  area.setAttribute('aria-valuenow', String(Math.max(0, nearest(times(), time ?? Infinity))));
  area.setAttribute('aria-valuetext', text);
}

/** Index of the nearest time, -1 without times. */
export function nearest(times: Float64Array, time: number): number {
  const after = times.findIndex((candidate) => candidate >= time);
  if (after <= 0) return after === 0 ? 0 : times.length - 1;
  const [left = -Infinity, right = Infinity] = [times[after - 1], times[after]];
  return time - left < right - time ? after - 1 : after;
}
