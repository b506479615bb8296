import { text, type Unit } from '../figures/units.js';
import type { Line } from './charts.js';
import { make, setText } from './dom.js';

/** The names, colours and values of a chart's lines. Its layout does not depend on the values. */
export class Legend {
  readonly element = make('ul', 'legend');
  private values: HTMLDataElement[] = [];

  constructor(private readonly unit: Unit) {}

  setLines(lines: readonly Line[]): void {
    this.values = lines.map(() => make('data', 'value', '–'));
    const items = lines.flatMap((line, index) => {
      const { label, group } = line;
      const begins = group !== undefined && group !== lines[index - 1]?.group;
      const item = make('li', '', swatch(line), make('span', 'label', label), this.values[index] ?? '');
      return begins ? [make('li', 'group', group), item] : [item];
    });
    this.element.classList.toggle(
      'grouped',
      lines.some(({ group }) => group !== undefined),
    );
    this.element.replaceChildren(...items);
  }

  /** Shows each value with a few digits; the `value` of its element has all of them. */
  setValues(values: readonly number[]): void {
    for (const [index, element] of this.values.entries()) {
      const value = values[index] ?? NaN;
      setText(element, text(value, this.unit));
      element.value = String(value);
    }
  }
}

/** A sample of the line, in its colour and stroke. */
export function swatch({ colour, stroke }: Pick<Line, 'colour' | 'stroke'>): HTMLElement {
  const element = make('i', `swatch ${stroke ?? 'solid'}`);
  element.style.setProperty('--colour', `var(--${colour})`);
  return element;
}
