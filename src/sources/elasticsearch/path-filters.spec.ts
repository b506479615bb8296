import fc from 'fast-check';
import { search } from '../../../test/search-engine.js';
import { Routes } from '../../recording/routes.js';
import { pathFilters } from './path-filters.js';

/** The templates whose queries fit a path. */
function fitting(path: string, templates: readonly string[]): string[] {
  return templates.filter((_, i) => {
    const { hits } = search({ query: pathFilters('path', templates)[i] ?? {} }, [{ path }]);
    return JSON.stringify(hits).includes('"value":1');
  });
}

describe('pathFilters', () => {
  it.each([
    ['/cart', '/cart'],
    ['/cart/?a=/b', '/cart'],
    ['/Cart', undefined],
    ['https://shop.example:8443/cart#top', '/cart'],
    ['/users/7', '/users/:id'],
    ['/users/me', '/users/me'],
    ['/users/7/8', undefined],
    ['/v2/items', '/v:version/items'],
    ['/files/a/b.txt', '/files/*path'],
    ['/files/', undefined],
    ['/files/a/raw', '/files/*path/raw'],
    ['/a+b (1)', '/a+b (1)'],
    ['/', '/'],
    ['https://shop.example', '/'],
    ['/shop', '/shop{/:page}'],
    ['/shop/2', '/shop{/:page}'],
    ['', undefined],
    ['*', undefined],
  ])('%j belongs to %j', (path, expected) => {
    const templates = [
      '/,/cart,/users/:id,/users/me,/v:version/items,/files/*path,/files/*path/raw,/shop{/:page}'.split(','),
      String.raw`/a\+b \(1\)`,
    ].flat();
    const found = fitting(path, templates).map((template) => template.replaceAll('\\', ''));
    expect(found).toEqual(expected === undefined ? [] : [expected]);
  });

  it('match every path as the recorder does, at most one filter each', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', ':id', 'a:id', '*rest');
    const template = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const templates = fc
      .uniqueArray(template, { selector: (text) => text.replace(/:id|\*rest/g, '$'), maxLength: 6 })
      .map((all) =>
        all.filter((text) => text.split('*').length < 3 && text.split(':id').length < 3).map(named),
      );
    const path = fc
      .array(fc.constantFrom('a', 'b', 'ab', 'c'), { maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(templates, path, (all, raw) => {
        const place = new Routes(all).match(raw);
        expect(fitting(raw, all)).toEqual(place < 0 ? [] : [all[place]]);
      }),
    );
  });
});

/** Each parameter by another name. */
function named(template: string): string {
  let count = 0;
  return template.replace(/:id/g, () => `:id${count++}`);
}
