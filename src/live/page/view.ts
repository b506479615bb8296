type Change = 'selection' | 'crosshair';

/** What the visitor chose to see, and where the crosshair of all charts stands. Tells who shows it of changes. */
export class View {
  /** The environment to show, or undefined for all. */
  environment: string | undefined;
  /** Minutes that the charts show. */
  minutes = 5;
  /** The time that the visitor points at, in milliseconds since the epoch, or undefined for the latest. */
  time: number | undefined;
  onChange: (change: Change) => void = () => undefined;

  select(selection: { environment?: string | undefined; minutes?: number }): void {
    Object.assign(this, selection);
    this.onChange('selection');
  }

  pointAt(time: number | undefined): void {
    if (time === this.time) return;
    this.time = time;
    this.onChange('crosshair');
  }
}
