import { find, make } from './dom.js';
import type { Poller } from './poller.js';
import type { View } from './view.js';

/** The controls: environment, minutes, and pause. */
export class Controls {
  private readonly environments = find('#environments', HTMLFieldSetElement);
  private offered: readonly string[] = [];
  paused = false;

  constructor(view: View, poller: Poller, onPause: () => void) {
    this.environments.addEventListener('change', () => {
      const chosen = find(':checked', HTMLInputElement, this.environments).value;
      view.select({ environment: chosen === '' ? {} : { env: chosen } });
    });
    const ranges = find('#ranges', HTMLFieldSetElement);
    ranges.addEventListener('change', () =>
      view.select({ minutes: Number(find(':checked', HTMLInputElement, ranges).value) }),
    );
    const pause = find('#pause', HTMLButtonElement);
    pause.addEventListener('click', () => {
      this.paused = !this.paused;
      pause.textContent = this.paused ? 'Resume' : 'Pause';
      poller.pause(this.paused);
      onPause();
    });
    // Browsers restore the choice after a reload.
    for (const { value, checked } of ranges.querySelectorAll('input')) {
      if (checked) view.minutes = Number(value);
    }
  }

  /** Adds controls for new environments; returns whether there are any. */
  offer(environments: readonly string[]): boolean {
    const added = environments.filter((name) => !this.offered.includes(name));
    this.offered = environments;
    this.environments.dataset['known'] = 'true';
    this.environments.append(...added.map(option));
    return added.length > 0;
  }
}

function option(name: string): HTMLLabelElement {
  const input = make('input');
  input.type = 'radio';
  input.name = 'environment';
  input.value = name;
  return make('label', '', input, make('span', '', name));
}
