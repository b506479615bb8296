import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fuzzRuns } from '../test/fuzz.js';
import { TemporaryFolder } from '../test/temporary-folder.js';
import { SettingsError } from './settings/token.js';
import { environmentWith, isSimulated, readSettings } from './settings.js';
import { formatOf } from './formats/lines/lines.settings.js';

describe('readSettings', () => {
  it('has the documented defaults', () => {
    expect(readSettings({})).toEqual({
      HOST: '0.0.0.0',
      PORT: 8080,
      ENVIRONMENTS: ['testing', 'production'],
      SERVICES: [],
      METHODS: [],
      ROUTES: [],
      RESPONSE_TIME_BUCKETS: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      NATIVE_HISTOGRAMS: 'off',
      MAX_SERIES: 5000000,
      SIMULATOR: 'auto',
      HEARTBEAT_SECONDS: 30,
      MAX_CLIENTS: 10000,
      LIVE_HISTORY: 'on',
      BODY_LIMIT_BYTES: 1048576,
      MAX_OBSERVATIONS: 50000,
      REQUEST_TIMEOUT_SECONDS: 60,
      RATE_LIMIT: 0,
      TRUSTED_PROXIES: [],
      ACCESS_LOGS: [],
      ACCESS_LOG_FORMAT: 'auto',
      'ACCESS_LOG_FORMAT_<ENV>': {},
      ACCESS_LOG_IGNORE: [],
      ACCESS_LOG_START: 'end',
      SYSLOG: [],
      SYSLOG_ALLOWED_SENDERS: [
        '127.0.0.0/8',
        '::1',
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        'fc00::/7',
      ],
      NATS_URL: [],
      NATS_SUBJECT: 'observations',
      NATS_QUEUE: 'service-collector',
      NATS_DELIVER: 'all',
      NATS_UNKNOWN_ENV: 'discard',
      ELASTICSEARCH_URL: [],
      ELASTICSEARCH_PRESET: 'ecs',
      ELASTICSEARCH_INTERVAL_SECONDS: 30,
      ELASTICSEARCH_LOOK_BACK_SECONDS: 600,
      ELASTICSEARCH_TIMEOUT_SECONDS: 10,
      ELASTICSEARCH_START: 'end',
      ALLOWED_ORIGINS: [],
      SHUTDOWN_TIMEOUT_SECONDS: 10,
      LOG_LEVEL: 'log',
      LOG_FORMAT: 'pretty',
    });
  });

  it.each([
    ['LOG_LEVEL', 'info', 'log'],
    ['LOG_LEVEL', 'INFO', 'log'],
    ['LOG_LEVEL', 'Warning', 'warn'],
    ['LOG_LEVEL', 'trace', 'verbose'],
    ['LOG_FORMAT', 'JSON', 'json'],
    ['SIMULATOR', 'true', 'on'],
    ['SIMULATOR', 'False', 'off'],
    ['SIMULATOR', 'OFF', 'off'],
    ['SIMULATOR', 'Auto', 'auto'],
  ])('takes %s=%s as %s', (name, value, meant) => {
    expect(readSettings({ [name]: value })).toMatchObject({ [name]: meant });
  });

  it('parses numbers and lists, ignores unknown and empty variables', () => {
    const settings = readSettings({
      PORT: '9000',
      ENVIRONMENTS: 'eu-1, us_2',
      PATH: '/bin',
      MAX_CLIENTS: '',
    });
    expect(settings).toMatchObject({ PORT: 9000, ENVIRONMENTS: ['eu-1', 'us_2'], MAX_CLIENTS: 10000 });
    expect(settings).not.toHaveProperty('PATH');
  });

  it('takes the lists of labels and buckets, and names of any script', () => {
    const settings = {
      ENVIRONMENTS: ['grün', 'тест-1', 'परीक्षण', 'x'.repeat(64)],
      SERVICES: ['shop', 'Check out/v2', 'web@docker', 'outbound|80||shop'],
      METHODS: ['GET', 'M-SEARCH'],
      ROUTES: ['/', '/users/:id', '/files/*path'],
      RESPONSE_TIME_BUCKETS: [0.1, 0.3, 1.2, 60],
    };
    const variables = { METHODS: 'get,M-Search', RESPONSE_TIME_BUCKETS: '.1, 3e-1,1.2,60.' };
    const texts = Object.fromEntries(Object.entries(settings).map(([name, list]) => [name, list.join(',')]));
    expect(readSettings({ ...texts, ...variables })).toMatchObject(settings);
  });

  it('checks a list of 200,000 names in seconds', () => {
    const SERVICES = Array.from({ length: 200_000 }, (_, index) => `s${index}`).join(',');
    const start = performance.now();
    expect(readSettings({ SERVICES, MAX_SERIES: '1000000000' })).toHaveProperty('SERVICES.length', 200_000);
    expect(performance.now() - start).toBeLessThan(10_000); // comparing each with all others took 77 s
  });

  it('refuses lists that allow more series than MAX_SERIES', () => {
    const SERVICES = Array.from({ length: 99 }, (_, index) => `s${index}`).join(',');
    const variables = { ENVIRONMENTS: 'a', SERVICES, ROUTES: SERVICES.replace(/s/g, '/') };
    expect(readSettings({ ...variables, METHODS: '', MAX_SERIES: '5140000' })).toHaveProperty(
      'ROUTES.length',
      99,
    );
    expect(() => readSettings(variables)).toThrow(
      '  MAX_SERIES is 5,000,000, but the lists allow 1 env × 100 service × 100 route × (500 codes + 11 buckets + 3) = 5,140,000 series',
    );
  });

  it('takes access logs from entries of an environment and a path', () => {
    const { ACCESS_LOGS } = readSettings({ ACCESS_LOGS: 'testing=/a.log, production=b=c.log' });
    expect(ACCESS_LOGS).toEqual([
      { env: 'testing', path: '/a.log' },
      { env: 'production', path: 'b=c.log' },
    ]);
  });

  it('takes a service from an entry, and a format for each environment', () => {
    const variables = {
      ENVIRONMENTS: 'eu-1,eu-2,us,asia',
      ACCESS_LOGS: 'eu-1/shop=/var/log/*/a?.log,us=-',
      ACCESS_LOG_FORMAT_EU_1: 'combined',
    };
    const values = { ACCESS_LOG_FORMAT: { 'eu-1': 'squid', us: 'status=code' } };
    const settings = readSettings(variables, { path: 'config.yaml', values });
    expect(settings.ACCESS_LOGS).toEqual([
      { env: 'eu-1', service: 'shop', path: '/var/log/*/a?.log' },
      { env: 'us', path: '-' },
    ]);
    expect(['eu-1', 'us', 'asia'].map((env) => formatOf(env, settings))).toEqual([
      'combined',
      'status=code',
      'auto',
    ]);
    expect(formatOf('us', { ...settings, ACCESS_LOG_FORMAT: 'json' })).toBe('json');
  });

  it('reports all problems of formats and their environments', () => {
    const variables = {
      ENVIRONMENTS: 'eu-1,eu_1,us',
      SERVICES: 'shop',
      ACCESS_LOGS: 'us/shopp=/a',
      ACCESS_LOG_FORMAT_EU_1: 'combined',
      ACCESS_LOG_FORMAT_US: 'combine',
    };
    const values = { ACCESS_LOG_FORMAT: { us: 'json', uk: 'json' }, 'ACCESS_LOG_FORMAT_<ENV>': 'json' };
    expect(() => readSettings(variables, { path: 'config.yaml', values })).toThrow(
      /(.*\n){2} {2}ACCESS_LOG_FORMAT_US="combine" is neither a format .*\n {2}ACCESS_LOGS="us\/shopp=\/a" must name only services .*: shopp\n {2}ACCESS_LOG_FORMAT=\{.*\} must name only environments .*: uk \(in config.yaml\)\n {2}ACCESS_LOG_FORMAT_EU_1="combined" stands for eu-1 and eu_1: use a map/,
    );
  });

  it.each([
    ['nats://a', ['nats://a']],
    ['tls://b.example:4222, nats://c.example', ['tls://b.example:4222', 'nats://c.example']],
    ['nats://127.0.0.1:4222,nats://[::1]:4222', ['nats://127.0.0.1:4222', 'nats://[::1]:4222']],
  ])('takes servers from NATS_URL=%s', (value, servers) => {
    expect(readSettings({ NATS_URL: value }).NATS_URL).toEqual(servers);
  });

  it.each(['a', 'a.b-c', '*.outcomes', 'shops.*.>', '*'])('takes the subject %s', (subject) => {
    expect(readSettings({ NATS_SUBJECT: subject }).NATS_SUBJECT).toBe(subject);
  });

  it.each([
    { NATS_URL: 'tls://127.0.0.1:4222' },
    { NATS_URL: 'tls://a,nats://10.0.0.1' },
    { NATS_URL: 'nats://[::1]:4222', NATS_CA_FILE: 'ca.pem' },
  ])('refuses IP addresses with TLS: %j', (variables) => {
    expect(() => readSettings(variables)).toThrow('must use host names with TLS, not IP addresses');
  });

  it.each([
    ['ACCESS_LOGS', '/var/log/access.log', 'must be entries like env=path'],
    ['ACCESS_LOGS', 'testing=', 'must be entries like env=path'],
    ['ACCESS_LOGS', 'testing=/a,production=/a', 'must not name a path twice'],
    ['ACCESS_LOGS', 'staging=/a', 'must name only environments that are in ENVIRONMENTS; unknown: staging'],
    ['ACCESS_LOG_FORMAT', 'squidd', 'is neither a format nor one of auto, '],
    ['ACCESS_LOG_FORMAT_TESTING', '$remote_addr', 'cannot be read as a format of nginx'],
    [
      'ACCESS_LOG_FORMAT_STAGING',
      'combined',
      'matches no environment; allowed are ACCESS_LOG_FORMAT_TESTING, ',
    ],
    ['ACCESS_LOG_IGNORE', 'healthz', '"healthz" is no template: does not begin with "/"'],
    ['SYSLOG', 'testing=127.0.0.1:514', 'must be entries like env=udp://0.0.0.0:5514'],
    ['SYSLOG', 'testing=udp://a:65536', 'must be entries like env=udp://0.0.0.0:5514'],
    ['SYSLOG', 'testing=udp://a:1,production=udp://a:1', 'must not name an address twice'],
    ['SYSLOG', 'staging=udp://a:1', 'must name only environments that are in ENVIRONMENTS; unknown: staging'],
    ['SYSLOG_ALLOWED_SENDERS', '10.0.0.0/8,a', '"a" is neither an address nor a range like 10.0.0.0/8'],
    ['ACCESS_LOG_START', 'begin', 'must be one of end, beginning'],
    ['PORT', '80a', 'must be an integer from 0 to 65535'],
    ['PORT', '65536', 'must be an integer from 0 to 65535'],
    ['PORT', '-1', 'must be an integer from 0 to 65535'],
    ['PORT', '1e3', 'must be an integer from 0 to 65535'],
    ['PORT', ' ', 'must be an integer from 0 to 65535'],
    ['HEARTBEAT_SECONDS', '0', 'must be an integer from 1 to 86400'],
    ['MAX_CLIENTS', '0', 'must be an integer from 1 to 1000000'],
    ['BODY_LIMIT_BYTES', '1.5', 'must be an integer from 1 to 268435456'],
    ['SHUTDOWN_TIMEOUT_SECONDS', '3601', 'must be an integer from 1 to 3600'],
    ['SIMULATOR', 'yes', 'must be one of auto, on, off'],
    ['LOG_LEVEL', 'silly', 'must be one of verbose, debug, log, warn, error, fatal'],
    ['NATS_SUBJECT', 'a b', 'must be a subject of NATS'],
    ['NATS_SUBJECT', 'a..b', 'must be a subject of NATS'],
    ['NATS_SUBJECT', 'a.>.b', 'must be a subject of NATS'],
    ['NATS_QUEUE', 'a.b', 'must be 1 to 64 letters'],
    ['NATS_STREAM', '*', 'must be 1 to 64 letters'],
    ['NATS_UNKNOWN_ENV', 'drop', 'must be one of discard, keep'],
    ['NATS_UNKNOWN_ENV', 'keep', 'needs NATS_STREAM'],
    ['NATS_DELIVER', 'last', 'must be one of all, new'],
    ['NATS_USER', 'me', 'needs NATS_PASSWORD or NATS_PASSWORD_FILE'],
    ['NATS_PASSWORD_FILE', '/a', 'needs NATS_USER'],
    ['NATS_INBOX_PREFIX', 'a.>', 'must be a subject of NATS without wildcards'],
    ['NATS_JETSTREAM_DOMAIN', 'a.b', 'must be 1 to 64 letters'],
    ['NATS_CERT_FILE', '/etc/nats.pem', 'is incomplete: set both NATS_CERT_FILE and NATS_KEY_FILE'],
    ['NATS_KEY_FILE', '/etc/nats.pem', 'is incomplete: set both NATS_CERT_FILE and NATS_KEY_FILE'],
    ['LOG_FORMAT', 'xml', 'must be one of pretty, json'],
    ['MAX_OBSERVATIONS', '0', 'must be an integer from 1 to 10000000'],
    ['MAX_CONNECTIONS', 'many', 'must be an integer from 1 to 2000000'],
    ['REQUEST_TIMEOUT_SECONDS', '0', 'must be an integer from 1 to 3600'],
    ['RATE_LIMIT', '-1', 'must be an integer from 0 to 1000000'],
    ['TRUSTED_PROXIES', 'nginx', 'invalid IP address: nginx'],
    ['ALLOWED_ORIGINS', 'example.org', 'must be origins like https://example.org'],
    ['ALLOWED_ORIGINS', 'https://example.org/', 'must be origins like https://example.org'],
    ['INGEST_TOKEN_FILE', '/nowhere/token', "ENOENT: no such file or directory, open '/nowhere/token'"],
    ['METRICS_TOKEN_FILE', '/dev/null', 'holds no token'],
    ['TLS_CERT_FILE', '/etc/tls.pem', 'is incomplete: set both TLS_CERT_FILE and TLS_KEY_FILE'],
    ['TLS_KEY_FILE', '/etc/tls.pem', 'is incomplete: set both TLS_CERT_FILE and TLS_KEY_FILE'],
    ['ENVIRONMENTS', 'a,,b', 'must be names separated by commas'],
    ['ENVIRONMENTS', 'a"b', 'must be names separated by commas'],
    ['ENVIRONMENTS', 'a,b,a', 'must not name an environment twice'],
    ['ENVIRONMENTS', 'ü'.repeat(65), 'must be names separated by commas'],
    ['SERVICES', 'a,,b', '"" is not 1 to 128 letters'],
    ['SERVICES', 'a,other,a', '"other" stands for all that is not in the list; "a" is named twice'],
    ['METHODS', 'GET,get', '"GET" is named twice'],
    ['METHODS', 'GET POST', '"GET POST" is not a method of HTTP'],
    ['ROUTES', 'a,/b', '"a" is no template: does not begin with "/"'],
    ['ROUTES', '/a/:b,/a/:c', '"/a/:b" and "/a/:c" match the same paths'],
    ['RESPONSE_TIME_BUCKETS', '1,x', 'must be numbers of seconds separated by commas'],
    ['RESPONSE_TIME_BUCKETS', '1,1', 'must be above 0 and ascending, without +Inf'],
    ['RESPONSE_TIME_BUCKETS', '0', 'must be above 0 and ascending, without +Inf'],
    ['NATIVE_HISTOGRAMS', 'auto', 'must be one of on, off'],
    ['RESPONSE_TIME_BUCKETS', '1,1e999', 'must be above 0 and ascending, without +Inf'],
    [
      'MAX_SERIES',
      '1027',
      'is 1,027, but the lists allow 2 env × (500 codes + 11 buckets + 3) = 1,028 series',
    ],
  ])('refuses %s=%j', (name, value, allowed) => {
    const read = (): unknown => readSettings({ [name]: value });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(`  ${name}=${JSON.stringify(value)} ${allowed}`);
  });

  it.each([
    [
      { NATS_USER: 'a', NATS_PASSWORD: 's3cret', NATS_TOKEN: 's3cret' },
      'NATS_TOKEN=… cannot be set together with NATS_USER',
    ],
    [
      { NATS_CREDS_FILE: 'a', NATS_NKEY_FILE: 'b' },
      'NATS_NKEY_FILE="b" cannot be set together with NATS_CREDS_FILE',
    ],
    [
      { NATS_TOKEN: 's3cret', NATS_TOKEN_FILE: 'b' },
      'NATS_TOKEN_FILE="b" cannot be set together with NATS_TOKEN',
    ],
    [{ NATS_PASSWORD: 's3cret' }, 'NATS_PASSWORD=… needs NATS_USER'],
    [
      { NATS_USER: 'a', NATS_PASSWORD: 's3cret', NATS_PASSWORD_FILE: 'b' },
      'NATS_PASSWORD_FILE="b" cannot be set together with NATS_PASSWORD',
    ],
  ])('takes one kind of credentials for NATS, and shows no secret: %j', (variables, problem) => {
    expect(() => readSettings(variables)).toThrow(new SettingsError(`Invalid configuration:\n  ${problem}`));
  });

  it('takes tokens and origins from lists', () => {
    expect(
      readSettings({
        INGEST_TOKEN: 'one,two\nthree==',
        METRICS_TOKEN: 'a-b._~+/',
        ALLOWED_ORIGINS: 'https://A.example, http://b.example:81',
        TRUSTED_PROXIES: '10.0.0.0/8, loopback, ::1',
      }),
    ).toMatchObject({
      INGEST_TOKEN: ['one', 'two', 'three=='],
      METRICS_TOKEN: ['a-b._~+/'],
      ALLOWED_ORIGINS: ['https://a.example', 'http://b.example:81'],
      TRUSTED_PROXIES: ['10.0.0.0/8', 'loopback', '::1'],
    });
  });

  it.each(['localhost:4222', 'nats://me:secret@a', 'nats://a,'])('refuses NATS_URL=%s', (value) => {
    expect(() => readSettings({ NATS_URL: value })).toThrow(
      '  NATS_URL=… must be addresses like nats://host:4222',
    );
  });

  it('never repeats a secret', () => {
    for (const name of ['INGEST_TOKEN', 'METRICS_TOKEN', 'NATS_URL']) {
      for (const value of ['se"cret', ' , ', 'nats://me:secret@a']) {
        const read = (): unknown => readSettings({ [name]: value });
        expect(read).toThrow(`  ${name}=… `);
        expect(read).not.toThrow('cret');
      }
    }
  });

  it.each([
    ['ACCESS_LOGS', 'testing/cart=/a'],
    ['SYSLOG', 'testing/cart=udp://a:1'],
  ])('refuses a service in %s that is not in the list', (name, value) => {
    expect(() => readSettings({ SERVICES: 'shop', [name]: value })).toThrow(
      `  ${name}="${value}" must name only services that are in SERVICES; unknown: cart`,
    );
    readSettings({ [name]: value });
  });

  it('refuses a token beside a file of tokens', () => {
    using folder = new TemporaryFolder();
    const file = folder.file('token');
    writeFileSync(file, 'b');
    expect(() => readSettings({ METRICS_TOKEN: 'a', METRICS_TOKEN_FILE: file })).toThrow(
      `  METRICS_TOKEN_FILE=${JSON.stringify(file)} cannot be set together with METRICS_TOKEN`,
    );
  });

  it.each([
    ['cert.pem', 'renewed-key.pem', 'renewed-key.pem is not the key of the certificate in .*cert.pem'],
    ['cert.pem', 'cert.pem', 'cert.pem is not a key in PEM format'],
    ['key.pem', 'key.pem', 'key.pem is not a certificate in PEM format'],
    ['cert.pem', 'none.pem', "ENOENT: no such file or directory, open '.*none.pem'"],
  ])('names the problem of the certificate %s with the key %s', (cert, key, message) => {
    const tls = (name: string): string => join(__dirname, '../test/tls', name);
    expect(() => readSettings({ TLS_CERT_FILE: tls(cert), TLS_KEY_FILE: tls(key) })).toThrow(
      new RegExp(`^  TLS_CERT_FILE=".*${cert}" cannot be used with TLS_KEY_FILE: .*${message}`, 'm'),
    );
  });

  it('names every problem at once', () => {
    expect(() => readSettings({ PORT: 'x', SIMULATOR: 'y', LOG_FORMAT: 'z' })).toThrow(
      [
        'Invalid configuration:',
        '  SIMULATOR="y" must be one of auto, on, off',
        '  PORT="x" must be an integer from 0 to 65535',
        '  LOG_FORMAT="z" must be one of pretty, json',
      ].join('\n'),
    );
  });

  it('reports contradictory settings together with invalid ones', () => {
    const variables = { SIMULATOR: 'y', ENVIRONMENTS: 'a b', TLS_CERT_FILE: '/c', ACCESS_LOGS: 'c=/x' };
    expect(() => readSettings(variables)).toThrow(
      [
        'Invalid configuration:',
        '  ENVIRONMENTS="a b" must be names separated by commas, each of 1 to 64 letters, digits, ".", "_" or "-" that begins with a letter or digit',
        '  SIMULATOR="y" must be one of auto, on, off',
        '  ACCESS_LOGS="c=/x" must name only environments that are in ENVIRONMENTS; unknown: c',
        '  TLS_CERT_FILE="/c" is incomplete: set both TLS_CERT_FILE and TLS_KEY_FILE',
      ].join('\n'),
    );
    expect(() => readSettings({ ACCESS_LOGS: 'x', NATS_URL: 'x' })).toThrow(
      [
        'Invalid configuration:',
        '  ACCESS_LOGS="x" must be entries like env=path or env/service=path, separated by commas',
        '  NATS_URL=… must be addresses like nats://host:4222 or tls://host:4222, separated by commas, without a password',
      ].join('\n'),
    );
  });
});

describe('isSimulated', () => {
  const folder = new TemporaryFolder();
  const INGEST_TOKEN_FILE = folder.file('token');
  beforeAll(() => writeFileSync(INGEST_TOKEN_FILE, 'a'));
  afterAll(() => folder[Symbol.dispose]());

  it.each([
    [true, {}],
    [true, { METRICS_TOKEN: 'a' }],
    [false, { ACCESS_LOGS: 'testing=/a.log' }],
    [false, { SYSLOG: 'testing=udp://0.0.0.0:514' }],
    [false, { NATS_URL: 'nats://a' }],
    [false, { ELASTICSEARCH_URL: 'http://a', ELASTICSEARCH_INDEX: 'logs' }],
    [false, { INGEST_TOKEN: 'a' }],
    [false, { INGEST_TOKEN_FILE }],
  ])('is %s by default with %j, unless SIMULATOR is set', (simulated, variables) => {
    expect(isSimulated(readSettings(variables))).toBe(simulated);
    expect(isSimulated(readSettings({ ...variables, SIMULATOR: 'on' }))).toBe(true);
    expect(isSimulated(readSettings({ ...variables, SIMULATOR: 'off' }))).toBe(false);
  });
});

describe('readSettings of any variables', () => {
  const names = Object.keys(readSettings({})).concat('STATE_DIR');
  const piece = fc.oneof(
    fc.constantFrom(
      ',',
      '=',
      'testing',
      'production',
      '/a',
      '-',
      '.',
      '0',
      '1e3',
      ' ',
      '\0',
      '__proto__',
      'on',
      'json',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.integer().map(String),
  );
  const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));

  it('returns settings within their limits, or throws a SettingsError that names a variable', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }), (variables) => {
        try {
          const { PORT, BODY_LIMIT_BYTES, ENVIRONMENTS, ACCESS_LOGS } = readSettings(variables);
          expect(PORT >= 0 && PORT <= 65_535 && BODY_LIMIT_BYTES >= 1).toBe(true);
          expect(ENVIRONMENTS.every((name) => /^[\p{L}\p{M}\p{Nd}_.-]{1,64}$/u.test(name))).toBe(true);
          expect(ACCESS_LOGS.every(({ env, path }) => ENVIRONMENTS.includes(env) && path !== '')).toBe(true);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          expect(Object.keys(variables).some((name) => error.message.includes(`\n  ${name}=`))).toBe(true);
        }
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe('environmentWith', () => {
  const folder = new TemporaryFolder();
  afterAll(() => folder[Symbol.dispose]());

  it("lets the process's own variables override the file", () => {
    const file = folder.file('.env');
    writeFileSync(file, 'SOME_SETTING=from the file\nPATH=from the file\n# a comment\n');
    expect(environmentWith(file)).toMatchObject({ SOME_SETTING: 'from the file', PATH: process.env['PATH'] });
  });

  it('reads the first line of a file with a byte order mark, and values for empty variables', () => {
    const file = folder.file('bom.env');
    writeFileSync(file, '\ufeffFIRST=1\nEMPTY_OUTSIDE=2\n');
    process.env['EMPTY_OUTSIDE'] = '';
    expect(environmentWith(file)).toMatchObject({ FIRST: '1', EMPTY_OUTSIDE: '2' });
    delete process.env['EMPTY_OUTSIDE'];
  });

  it('works without a file', () => {
    expect(environmentWith(folder.file('missing'))).toEqual(process.env);
  });

  it('reports a file that cannot be read', () => {
    expect(() => environmentWith(folder.path)).toThrow(SettingsError);
  });
});
