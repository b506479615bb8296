import fc from 'fast-check';
import { match } from 'path-to-regexp';
import { fuzzRuns } from '../../test/fuzz.js';
import { routeProblems } from './route-templates.js';
import { Routes } from './routes.js';

const TEMPLATES = [
  '/',
  '/cart',
  '/users/me',
  '/users/:id',
  '/users/:id/orders',
  '/users/v:version',
  '/files/*path',
  '/files/*path/edit',
  '/files/special/:name',
  '/:page/orders',
  '/shop{/:lang}/about',
  '/größe',
];
const routes = new Routes(TEMPLATES);
const templateOf = (path: string): string | undefined => routes.templates[routes.match(path)];

describe('Routes', () => {
  it.each([
    ['/', '/'],
    ['/cart', '/cart'],
    ['/cart/', '/cart'],
    ['/cart//', undefined],
    ['/Cart', undefined],
    ['/c%61rt', undefined],
    ['/cart?a=/users/1', '/cart'],
    ['/cart/?a', '/cart'],
    ['/cart#top', '/cart'],
    ['/cart?', '/cart'],
    ['/users', undefined],
    ['/users/', undefined],
    ['/users/me', '/users/me'],
    ['/users/7', '/users/:id'],
    ['/users/v7', '/users/v:version'],
    ['/users/v', '/users/:id'],
    ['/users/me/orders', '/users/:id/orders'],
    ['/users/7/orders/1', undefined],
    ['/cart/orders', '/:page/orders'],
    ['/files/a', '/files/*path'],
    ['/files/a/b/?c#d', '/files/*path'],
    ['/files/', undefined],
    ['/files/a/edit?x', '/files/*path/edit'],
    ['/files/special/x', '/files/special/:name'],
    ['/files/special/x/y', '/files/*path'],
    ['/shop/about', '/shop{/:lang}/about'],
    ['/shop/de/about', '/shop{/:lang}/about'],
    ['/größe', '/größe'],
    ['https://shop.example/cart?a', '/cart'],
    ['HTTP://shop.example:80/users/7', '/users/:id'],
    ['https://shop.example', '/'],
    ['https://shop.example?a', '/'],
    ['//cart', undefined],
    ['cart', undefined],
    ['*', undefined],
    ['shop.example:443', undefined],
    ['', undefined],
  ])('puts %j under %j', (path, template) => {
    expect(templateOf(path)).toBe(template);
  });

  it('takes its templates by name', () => {
    expect(TEMPLATES.map(templateOf)).toEqual(TEMPLATES);
  });

  it.each([
    ['/*all', '/:a/b', '/x/b', '/:a/b'],
    ['/:a/c', '/:b/:c', '/x/c', '/:a/c'],
    ['/:a-:b', '/:a-x', '/y-x', '/:a-x'],
    ['/*a', '/x-*b', '/x-y/z', '/x-*b'],
    ['/:a/*b', '/x/:y/z', '/x/y/w', '/:a/*b'],
  ])('of %s and %s puts %s under %s', (one, other, path, template) => {
    for (const templates of [
      [one, other],
      [other, one],
    ]) {
      const both = new Routes(templates);
      expect(both.templates[both.match(path)]).toBe(template);
    }
  });

  const name = fc.constantFrom('a', 'b', 'ab', 'B', '%41', '');
  const piece = fc.oneof(name, fc.constantFrom('-', '.', ':x', '*x'));
  const segment = fc.oneof(
    { weight: 3, arbitrary: name },
    fc.constantFrom(':x', '*x'),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')),
  );
  const part = segment.map((text) => `/${text}`);
  const group = fc.array(part, { minLength: 1, maxLength: 2 }).map((parts) => `{${parts.join('')}}`);
  const template = fc
    .tuple(part, fc.array(fc.oneof({ weight: 4, arbitrary: part }, group), { maxLength: 3 }))
    .map(([first, parts]) => [first, ...parts].join(''))
    // Here path-to-regexp wants the slash at the end.
    .filter((text) => !/.\/(\}|\{.*\})*$/.test(text) && routeProblems([text]).length === 0);
  const path = fc
    .array(
      fc.oneof(
        fc.constantFrom('a', 'b', 'ab', 'B', '%41', '', 'a-b', '-', 'a.', '.b', '\n', 'ü'),
        fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', 'A'), maxLength: 5 }),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .map((segments) => `/${segments.join('/')}`);

  it('matches what path-to-regexp matches', () => {
    fc.assert(
      fc.property(template, path, (text, raw) => {
        const expected = match(text, { sensitive: true, decode: false })(raw) !== false;
        expect(new Routes([text]).match(raw) === 0).toBe(expected);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('of several templates finds one that matches, if there is one, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(template, { maxLength: 6 }), path, (list, raw) => {
        fc.pre(routeProblems(list).length === 0);
        const found = (templates: string[]): string | undefined =>
          templates[new Routes(templates).match(raw)];
        const matching = list.filter(
          (text) => match(text, { sensitive: true, decode: false })(raw) !== false,
        );
        const winner = found(list);
        expect(winner === undefined ? matching : [winner]).toEqual(
          winner === undefined ? [] : matching.filter((text) => text === winner),
        );
        expect(found(list.toReversed())).toBe(winner);
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(routes.match(text)).toBeGreaterThanOrEqual(-1);
        expect(routes.match(`/files/${text.replace(/[?#]/g, '')}x`)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe('routeProblems', () => {
  it('finds none in a right list', () => {
    expect(routeProblems(TEMPLATES)).toEqual([]);
  });

  it.each([
    [['cart'], ['"cart" is no template: does not begin with "/"']],
    [['other'], ['"other" is no template: does not begin with "/"']],
    [[''], ['"" is no template: does not begin with "/"']],
    [['/a{b}', 'a'], ['"a" is no template: does not begin with "/"']],
    [['/a', '/a', '/a'], ['"/a" is named twice']],
    [['/a/:b', '/a/:c'], ['"/a/:b" and "/a/:c" match the same paths']],
    [['/a', '/a/'], ['"/a" and "/a/" match the same paths']],
    [['/a{/:b}', '/a'], ['"/a{/:b}" and "/a" match the same paths']],
    [['/a/*b', '/a/*c'], ['"/a/*b" and "/a/*c" match the same paths']],
    [['/a/:'], ['"/a/:" is no template: Missing parameter name at index 4']],
    [['/(a)'], ['"/(a)" is no template: Unexpected ( at index 1']],
    [['/:a:b'], ['"/:a:b" is no template: Missing text before "b" param']],
    [['/a\\?b'], ['"/a\\\\?b" is no template: holds "?" or "#", which no path has']],
    [
      ['x', '/a', '/a'],
      ['"x" is no template: does not begin with "/"', '"/a" is named twice'],
    ],
  ])('says what is wrong with %j', (templates, problems) => {
    expect(routeProblems(templates)).toEqual(problems);
  });
});
