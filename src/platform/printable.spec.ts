import { printable } from './printable.js';

describe('printable', () => {
  it.each([
    ['a', '"a"'],
    ['größe 東京 🚀', '"größe 東京 🚀"'],
    ['a\nLOG forged', '"a\\nLOG forged"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['\u009b31m', '"\\u{9b}31m"'],
    ['\u007f', '"\\u{7f}"'],
    ['a\u2028b\u2029c', '"a\\u{2028}b\\u{2029}c"'],
    ['\u202egnp.exe', '"\\u{202e}gnp.exe"'],
    ['a\u115f\u2800\ufe0f', '"a\\u{115f}\\u{2800}\\u{fe0f}"'],
    ['\ud800', '"\\ud800"'],
  ])('shows %j as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
