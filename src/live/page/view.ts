import type { Labels } from '../figures/scrapes.js';

type Change = 'selection' | 'crosshair';

/** What the visitor chose to see, and where the crosshair of all charts stands. Tells who shows it of changes. */
export class View {
  /** The environment to show, as the label `env`, unless all are. */
  environment: Labels = {};
  /** The values of the labels with lists to show, unless all are. */
  chosen: Labels = {};
  /** Minutes that the charts show. */
  minutes = 5;
  /** The time that the visitor points at, in milliseconds since the epoch, or undefined for the latest. */
  time: number | undefined;
  onChange: (change: Change) => void = () => undefined;

  /** All labels of which a value is chosen. */
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
