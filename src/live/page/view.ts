type Change = 'selection' | 'crosshair';

/** What the visitor chose to see, and where the crosshair of all charts stands. Tells those who show it of changes. */
export class View {
  /** The environment to show, or undefined for all. */
  environment: string | undefined;
  /** Minutes that the charts show. */
  minutes = 5;
  /** The time that the visitor points at, in milliseconds since the epoch, or undefined for the latest. */
  time: number | undefined;
  private readonly listeners: ((change: Change) => void)[] = [];

  onChange(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  select(selection: { environment?: string | undefined; minutes?: number }): void {
    Object.assign(this, selection);
    this.tell('selection');
  }

  pointAt(time: number | undefined): void {
    if (time === this.time) return;
    this.time = time;
    this.tell('crosshair');
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }
}
