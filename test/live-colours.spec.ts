import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

const css = readFileSync(join(ROOT, 'src/live/page/colours.css'), 'utf8');
const [lightRules = '', darkRules = ''] = css.split('@media');
const light = colours(lightRules);
const dark = new Map([...light, ...colours(darkRules)]);

const TEXT = ['text', 'muted', 'accent', 'good', 'warning', 'bad'];
const MARKS = [...light.keys()].filter((name) =>
  /^(class-\d+|environment-\d+|line|control|accent)$/.test(name),
);

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of the live page, %s', (_scheme, palette) => {
  const contrast = (one: string, other: string): number => {
    const [a, b] = [luminance(palette.get(one)), luminance(palette.get(other))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };

  it.each(TEXT)('can be read as text: %s', (name) => {
    expect(contrast(name, 'card')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(name, 'page')).toBeGreaterThanOrEqual(4.5);
  });

  it('can be read on a chosen switch', () => {
    expect(contrast('on-accent', 'accent')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(MARKS)('can be seen as a line or mark: %s', (name) => {
    expect(contrast(name, 'card')).toBeGreaterThanOrEqual(3);
  });
});

function colours(rules: string): Map<string, string> {
  return new Map(
    [...rules.matchAll(/--([\w-]+): (#[0-9a-f]{6,8});/g)].map(([, name = '', hex = '']) => [name, hex]),
  );
}

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(hex = ''): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
