import type { Scrapes } from '../figures/scrapes.js';
import { listedLabels } from '../figures/summary.js';
import { find, make } from './dom.js';
import type { View } from './view.js';

/** A drop-down list for each label with a list of values: service, method and route. */
export class LabelChoices {
  private readonly choices = new Map<string, HTMLSelectElement>();

  constructor(private readonly view: View) {}

  /** Adds new labels and values. */
  offer(scrapes: Scrapes): void {
    for (const [label, values] of listedLabels(scrapes)) {
      const choice = this.choices.get(label) ?? this.add(label);
      const known = new Set(Array.from(choice.options, ({ value }) => value));
      choice.append(...[...values].filter((value) => !known.has(value)).map(option));
    }
  }

  private add(label: string): HTMLSelectElement {
    const all = make('option', '', `all ${label}s`);
    all.value = '';
    const choice = make('select', '', all);
    choice.name = label;
    choice.setAttribute('aria-label', label);
    choice.addEventListener('change', () => {
      const { [label]: _before, ...others } = this.view.chosen;
      this.view.select({ chosen: choice.value === '' ? others : { ...others, [label]: choice.value } });
    });
    this.choices.set(label, choice);
    find('#labels', HTMLElement).append(choice);
    return choice;
  }
}

function option(value: string): HTMLOptionElement {
  const element = make('option', '', value);
  element.value = value;
  return element;
}
