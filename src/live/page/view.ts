import type { Labels } from '../figures/scrapes.js';

type Change = 'selection' | 'crosshair';

/** The visitor's choices, and the position of the crosshair of all charts. Notifies about changes. */
export class View {
  /** The environment to show, as the label `env`; empty for all. */
  environment: Labels = {};
  /** The values to show of labels with lists; empty for all. */
  chosen: Labels = {};
  /** The time range of the charts. */
  minutes = 5;
  /** The time that the visitor points at, in milliseconds since the epoch; undefined for the latest. */
  time: number | undefined;
  onChange: (change: Change) => void = () => undefined;

  /** All labels with a chosen value. */
  get labels(): Labels {
    return { ...this.environment, ...this.chosen };
  }

  select(selection: Partial<Pick<View, 'environment' | 'chosen' | 'minutes'>>): void {
    Object.assign(this, selection);
    this.onChange('selection');
  }

  pointAt(time: number | undefined): void {
    if (time === this.time) return;
    this.time = time;
    this.onChange('crosshair');
  }
}
