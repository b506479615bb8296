import { writeFileSync } from 'node:fs';
import { TemporaryFolder } from '../../test/temporary-folder.js';
import { readSettings } from '../settings.js';
import { readConfigFile } from './config-file.js';
import { SettingsError } from './token.js';

describe('CONFIG_FILE', () => {
  const folder = new TemporaryFolder();
  const path = folder.file('config.yaml');
  afterAll(() => folder[Symbol.dispose]());
  const read = (text: string, variables: NodeJS.ProcessEnv = {}): unknown => {
    writeFileSync(path, text);
    return readSettings(variables, readConfigFile(path));
  };

  it.each([
    ['', { PORT: 8080 }],
    ['# nothing\n', { PORT: 8080 }],
    ['PORT: 08081', { PORT: 8081 }],
    ['PORT: "81"', { PORT: 81 }],
    ['PORT:\n', { PORT: 8080 }],
    ['SIMULATOR: off', { SIMULATOR: 'off' }],
    ['ENVIRONMENTS: [1.10, "on", grün]', { ENVIRONMENTS: ['1.10', 'on', 'grün'] }],
    ['ENVIRONMENTS: a, b', { ENVIRONMENTS: ['a', 'b'] }],
    ['ENVIRONMENTS: []', { ENVIRONMENTS: ['testing', 'production'] }],
    ['ROUTES:\n  - /at/:lat,:long\n  - /*rest\n', { ROUTES: ['/at/:lat,:long', '/*rest'] }],
    ['ROUTES: >\n  /a,\n  /b\n', { ROUTES: ['/a', '/b'] }],
    ['RESPONSE_TIME_BUCKETS: [.1, 1e1]', { RESPONSE_TIME_BUCKETS: [0.1, 10] }],
    ['INGEST_TOKEN: [one, two]', { INGEST_TOKEN: ['one', 'two'] }],
    ['TRUSTED_PROXIES: [loopback, 10.0.0.0/8]', { TRUSTED_PROXIES: ['loopback', '10.0.0.0/8'] }],
    ['ENVIRONMENTS: &all [a]\nSERVICES: *all', { SERVICES: ['a'] }],
  ])('holds %j', (text, settings) => {
    expect(read(text)).toMatchObject(settings);
  });

  it('gives way to variables that are not empty', () => {
    const text = 'PORT: 1\nHOST: file\n';
    expect(read(text, { PORT: '2', HOST: '' })).toMatchObject({ PORT: 2, HOST: 'file' });
  });

  it('reports its problems together with all others', () => {
    const text =
      'PORT: x\nFOO: 1\nROUTES: {a: b}\nHOST: [a]\nINGEST_TOKEN: se;cret\nCONFIG_FILE: y\n__proto__: z\n';
    expect(() => read(text, { LOG_FORMAT: 'x' })).toThrow(
      [
        'Invalid configuration:',
        `  FOO is not a setting (in ${path})`,
        `  ROUTES must be plain text or a list (in ${path})`,
        `  HOST must be plain text (in ${path})`,
        `  CONFIG_FILE is not a setting (in ${path})`,
        `  __proto__ is not a setting (in ${path})`,
        `  PORT="x" must be an integer from 0 to 65535 (in ${path})`,
        `  INGEST_TOKEN=… must be tokens of letters, digits and "-._~+/", which may end with "=", separated by commas (in ${path})`,
        '  LOG_FORMAT="x" must be one of pretty, json',
      ].join('\n'),
    );
  });

  it.each([
    ['- a', 'must hold lines like `PORT: 8080`'],
    ['PORT', 'must hold lines like `PORT: 8080`'],
    ['PORT: 1\nPORT: 2', 'is not valid YAML: Map keys must be unique at line 2, column 1'],
    [
      'INGEST_TOKEN: *secret',
      'is not valid YAML: Unresolved alias (the anchor must be set before the alias)',
    ],
    ['INGEST_TOKEN: !!binary c2VjcmV0', 'is not valid YAML: Unresolved tag at line 1, column 15'],
    ['INGEST_TOKEN: !secret', 'is not valid YAML: Unresolved tag at line 1, column 15'],
    [
      'INGEST_TOKEN: |secret',
      'is not valid YAML: Block scalar header includes extra characters at line 1, column 16',
    ],
    ['INGEST_TOKEN: ]secret', 'is not valid YAML: Unexpected flow-seq-end token in YAML stream at line 1'],
    ['INGEST_TOKEN: "\\Usecret"', 'is not valid YAML: Invalid escape sequence at line 1, column 16'],
    ['%secret\n---\nPORT: 1', 'is not valid YAML: Unknown directive at line 1, column 1'],
    ['INGEST_TOKEN: "secret\n', 'is not valid YAML: Missing closing "quote at line 2, column 1'],
    ['A: 1\n---\nB: 2', 'is not valid YAML: Source contains multiple documents'],
  ])('is refused if it holds %j', (text, problem) => {
    expect(() => read(text)).toThrow(SettingsError);
    expect(() => read(text)).toThrow(`  CONFIG_FILE=${JSON.stringify(path)} ${problem}`);
    expect(() => read(text)).not.toThrow(/secret|c2V/);
  });

  it('is refused if it cannot be read', () => {
    const missing = folder.file('missing.yaml');
    expect(() => readConfigFile(missing)).toThrow(
      `  CONFIG_FILE=${JSON.stringify(missing)} cannot be read: ENOENT`,
    );
  });
});
