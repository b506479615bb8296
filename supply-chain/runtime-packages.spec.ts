import { refused, runtimePackages } from './runtime-packages.js';

const LOCK = JSON.stringify({
  packages: {
    '': { version: '0.1.0', license: 'MIT' },
    'node_modules/@nestjs/core': { version: '12.5.1', license: 'MIT' },
    'node_modules/multer/node_modules/type-is': { version: '1.6.18', license: '(MIT OR GPL-3.0-only)' },
    'node_modules/busboy': { version: '1.6.0' },
    'node_modules/nameless': { version: '1.0.0' },
    'node_modules/jest': { version: '30.5.2', license: 'GPL-3.0-only', dev: true },
  },
});

const MANIFESTS: Record<string, object> = {
  'node_modules/busboy': { licenses: [{ type: 'MIT', url: 'https://example.org' }] },
  'node_modules/nameless': {},
};

const packages = runtimePackages(LOCK, (directory) => JSON.stringify(MANIFESTS[directory]));

it('lists the packages that are not only for development, nested ones too, with their licences', () => {
  expect(packages).toEqual([
    { id: '@nestjs/core@12.5.1', licence: 'MIT' },
    { id: 'type-is@1.6.18', licence: '(MIT OR GPL-3.0-only)' },
    { id: 'busboy@1.6.0', licence: 'MIT' },
    { id: 'nameless@1.0.0', licence: '' },
  ]);
});

it('refuses a package without a licence, and one whose licence a person has to judge', () => {
  expect(refused(packages)).toEqual(['type-is@1.6.18: (MIT OR GPL-3.0-only)', 'nameless@1.0.0: none']);
});
