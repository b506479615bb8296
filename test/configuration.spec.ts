import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '../docs/configuration.js';
import { SETTINGS_BY_ROOM, readSettings } from '../src/settings.js';

describe('docs/configuration.md', () => {
  it('is what `npm run generate` prints', () => {
    expect(readFileSync(join(__dirname, '../docs/configuration.md'), 'utf8')).toBe(configurationPage());
  });

  it('describes every setting', () => {
    const described = Object.values(SETTINGS_BY_ROOM).flatMap((fields) => Object.keys(fields));
    expect(described).toEqual(expect.arrayContaining(Object.keys(readSettings({}))));
    expect(configurationPage()).not.toMatch(/\| +\|$/m);
  });
});
