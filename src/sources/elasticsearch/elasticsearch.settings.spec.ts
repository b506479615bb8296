import { join } from 'node:path';
import { readSettings } from '../../settings.js';

const given = { ELASTICSEARCH_URL: 'https://a:9200/es,http://[::1]', ELASTICSEARCH_INDEX: 'logs' };
const key = { ELASTICSEARCH_API_KEY: 'secret' };
const own = { ELASTICSEARCH_DURATION_FIELD: 'took' };

describe('the settings of Elasticsearch', () => {
  it.each<[NodeJS.ProcessEnv, object]>([
    [{}, { ELASTICSEARCH_URL: ['https://a:9200/es', 'http://[::1]'] }],
    [{ ELASTICSEARCH_QUERY: 'a:b' }, { ELASTICSEARCH_QUERY: { query_string: { query: 'a:b' } } }],
    [{ ELASTICSEARCH_QUERY: '{"term":{"a":1}}' }, { ELASTICSEARCH_QUERY: { term: { a: 1 } } }],
    [{ ...own, ELASTICSEARCH_DURATION_UNIT: 'ms' }, { ELASTICSEARCH_DURATION_UNIT: 'ms' }],
    [{ ELASTICSEARCH_PRESET: 'pino', ELASTICSEARCH_ENV: 'testing' }, { ELASTICSEARCH_ENV: 'testing' }],
  ])('are right with %j', (variables, expected) => {
    expect(readSettings({ ...given, ...variables })).toMatchObject(expected);
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [
      { ELASTICSEARCH_URL: 'https://me:secret@a' },
      'ELASTICSEARCH_URL=… must be addresses like https://host:9200',
    ],
    [{ ELASTICSEARCH_URL: 'https://a?b' }, 'ELASTICSEARCH_URL=… must be addresses'],
    [{ ELASTICSEARCH_INDEX: '' }, 'ELASTICSEARCH_INDEX must be set with ELASTICSEARCH_URL'],
    [{ ...key, ELASTICSEARCH_API_KEY_FILE: __filename }, 'API_KEY_FILE="'],
    [
      { ...key, ELASTICSEARCH_BEARER_TOKEN: 'x' },
      'ELASTICSEARCH_BEARER_TOKEN=… cannot be set together with ELASTICSEARCH_API_KEY',
    ],
    [
      { ELASTICSEARCH_USERNAME: 'me' },
      'is incomplete: set both ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD',
    ],
    [{ ELASTICSEARCH_PASSWORD: 'secret' }, 'ELASTICSEARCH_USERNAME is incomplete'],
    [
      { ELASTICSEARCH_CERT_FILE: __filename },
      'is incomplete: set both ELASTICSEARCH_CERT_FILE and ELASTICSEARCH_KEY_FILE',
    ],
    [{ ELASTICSEARCH_CA_FILE: join(__dirname, 'none') }, 'ENOENT'],
    [{ ELASTICSEARCH_ENV: 'x' }, 'must be one of ENVIRONMENTS: testing, production'],
    [
      { ELASTICSEARCH_ENV: 'testing', ELASTICSEARCH_ENV_FIELD: 'env' },
      'cannot be set together with ELASTICSEARCH_ENV',
    ],
    [
      { ELASTICSEARCH_PRESET: 'pino' },
      'ELASTICSEARCH_ENV must be set with this preset, or ELASTICSEARCH_ENV_FIELD',
    ],
    [{ ELASTICSEARCH_PRESET: 'x' }, 'must be one of ecs, apm,'],
    [
      { ELASTICSEARCH_ROUTE_FIELD: 'a', ELASTICSEARCH_PATH_FIELD: 'b' },
      'cannot be set together with ELASTICSEARCH_ROUTE_FIELD',
    ],
    [own, 'ELASTICSEARCH_DURATION_UNIT must be set with ELASTICSEARCH_DURATION_FIELD'],
    [{ ELASTICSEARCH_QUERY: '{"term":' }, 'ELASTICSEARCH_QUERY="{\\"term\\":" '],
    [{ ELASTICSEARCH_INTERVAL_SECONDS: '0' }, 'must be an integer from 1 to 3600'],
  ])('are refused with %j, without their secrets', (variables, problem) => {
    const read = (): unknown => readSettings({ ...given, ...variables });
    expect(read).toThrow(problem);
    expect(read).not.toThrow('secret');
  });
});
