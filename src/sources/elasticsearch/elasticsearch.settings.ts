import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import {
  type Conflicts,
  integer,
  list,
  needsBoth,
  oneOf,
  readable,
  type ValuesOf,
} from '../../settings/fields.js';
import { PRESETS } from './presets.js';

const servers = list().refine((urls) => urls.every(isServer), {
  error:
    'must be addresses like https://host:9200, separated by commas, without user name, password, query or fragment',
});

const query = readable((text): object => {
  if (!text.trimStart().startsWith('{')) return { query_string: { query: text } };
  const parsed: unknown = JSON.parse(text);
  return Object(parsed);
});

const presets = Object.keys(PRESETS);

const secret = (description: string) => z.string().optional().meta({ description, secret: true });
const file = (description: string) =>
  readable((path) => {
    if (readFileSync(path, 'utf8').trim() === '') throw new Error('is an empty file');
    return path;
  })
    .optional()
    .describe(description);
const field = (content: string) => z.string().optional().describe(`Field with ${content}`);

export const elasticsearchFields = {
  ELASTICSEARCH_URL: servers.default([]).meta({
    description:
      'Servers of one Elasticsearch or OpenSearch cluster, separated by commas: `https://host:9200`',
    secret: true, // someone may have written a password into it
  }),
  ELASTICSEARCH_INDEX: z
    .string()
    .optional()
    .describe('What to search: a data stream, alias or index expression such as `logs-*`, `<logs-{now/d}>`'),
  ELASTICSEARCH_API_KEY: secret('API key, encoded or as `id:key`'),
  ELASTICSEARCH_API_KEY_FILE: file('File with the API key'),
  ELASTICSEARCH_USERNAME: z.string().optional().describe('User name; needs a password'),
  ELASTICSEARCH_PASSWORD: secret('Password of the user'),
  ELASTICSEARCH_PASSWORD_FILE: file('File with the password'),
  ELASTICSEARCH_BEARER_TOKEN: secret('Bearer token: a JWT, an OIDC or a service token'),
  ELASTICSEARCH_BEARER_TOKEN_FILE: file('File with the bearer token'),
  ELASTICSEARCH_CA_FILE: file('CA bundle (PEM) to verify the servers with'),
  ELASTICSEARCH_CERT_FILE: file('Client certificate (PEM); needs `ELASTICSEARCH_KEY_FILE`'),
  ELASTICSEARCH_KEY_FILE: file('Private key (PEM) of the client certificate'),
  ELASTICSEARCH_PRESET: z
    .enum(presets, { error: `must be one of ${presets.join(', ')}` })
    .default('ecs')
    .describe(
      `Which fields documents have, unless set below: ${presets.map((name) => `\`${name}\``).join(', ')}`,
    ),
  ELASTICSEARCH_TIME_FIELD: field('the time'),
  ELASTICSEARCH_STATUS_FIELD: field('the status code'),
  ELASTICSEARCH_DURATION_FIELD: field('the duration'),
  ELASTICSEARCH_DURATION_UNIT: oneOf(['s', 'ms', 'us', 'ns'])
    .optional()
    .describe('Unit of the duration: `s`, `ms`, `us` or `ns`'),
  ELASTICSEARCH_ENV: z.string().optional().describe('Environment of all documents'),
  ELASTICSEARCH_ENV_FIELD: field('the environment'),
  ELASTICSEARCH_SERVICE_FIELD: field('the service, for SERVICES'),
  ELASTICSEARCH_METHOD_FIELD: field('the method, for METHODS'),
  ELASTICSEARCH_ROUTE_FIELD: field('the template of the route, for ROUTES'),
  ELASTICSEARCH_PATH_FIELD: field('the raw path or URL, for ROUTES'),
  ELASTICSEARCH_QUERY: query
    .optional()
    .describe('Which documents are requests: a Lucene query string, or a query in JSON'),
  ELASTICSEARCH_INTERVAL_SECONDS: integer(1, 3_600).default(30).describe('Time from one poll to the next'),
  ELASTICSEARCH_LOOK_BACK_SECONDS: integer(60, 86_400)
    .default(600)
    .describe('How long after its timestamp a document may become searchable and still be counted'),
  ELASTICSEARCH_TIMEOUT_SECONDS: integer(1, 300).default(10).describe('Longest time that a search may take'),
  ELASTICSEARCH_START: oneOf(['end', 'beginning'])
    .default('end')
    .describe(
      'What to count at the first start: new documents (`end`), or the look-back as well (`beginning`)',
    ),
};

export type ElasticsearchSettings = ValuesOf<typeof elasticsearchFields>;

const SECRETS = ['ELASTICSEARCH_API_KEY', 'ELASTICSEARCH_PASSWORD', 'ELASTICSEARCH_BEARER_TOKEN'] as const;

export function* elasticsearchConflicts(
  settings: ElasticsearchSettings & Pick<RecordingSettings, 'ENVIRONMENTS'>,
): Conflicts<ElasticsearchSettings> {
  const { ELASTICSEARCH_ENV: env, ENVIRONMENTS } = settings;
  if (settings.ELASTICSEARCH_URL.length > 0 && settings.ELASTICSEARCH_INDEX === undefined)
    yield ['ELASTICSEARCH_INDEX', 'must be set with ELASTICSEARCH_URL'];
  const used = SECRETS.filter((name) => settings[name] ?? settings[`${name}_FILE`]);
  for (const name of used)
    if (settings[name] !== undefined && settings[`${name}_FILE`] !== undefined)
      yield [`${name}_FILE`, `cannot be set together with ${name}`];
  for (const name of used.slice(1)) yield [name, `cannot be set together with ${String(used[0])}`];
  if ((settings.ELASTICSEARCH_USERNAME !== undefined) !== used.includes('ELASTICSEARCH_PASSWORD'))
    yield [
      'ELASTICSEARCH_USERNAME',
      'is incomplete: set both ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD',
    ];
  yield* needsBoth(settings, 'ELASTICSEARCH_CERT_FILE', 'ELASTICSEARCH_KEY_FILE');
  if (env !== undefined && !ENVIRONMENTS.includes(env))
    yield ['ELASTICSEARCH_ENV', `must be one of ENVIRONMENTS: ${ENVIRONMENTS.join(', ')}`];
  const preset = PRESETS[settings.ELASTICSEARCH_PRESET];
  if ((env ?? settings.ELASTICSEARCH_ENV_FIELD ?? preset?.env) === undefined)
    yield ['ELASTICSEARCH_ENV', 'must be set with this preset, or ELASTICSEARCH_ENV_FIELD'];
  if (env !== undefined && settings.ELASTICSEARCH_ENV_FIELD !== undefined)
    yield ['ELASTICSEARCH_ENV_FIELD', 'cannot be set together with ELASTICSEARCH_ENV'];
  if (settings.ELASTICSEARCH_ROUTE_FIELD !== undefined && settings.ELASTICSEARCH_PATH_FIELD !== undefined)
    yield ['ELASTICSEARCH_PATH_FIELD', 'cannot be set together with ELASTICSEARCH_ROUTE_FIELD'];
  if (
    settings.ELASTICSEARCH_DURATION_FIELD !== undefined &&
    settings.ELASTICSEARCH_DURATION_UNIT === undefined
  )
    yield ['ELASTICSEARCH_DURATION_UNIT', 'must be set with ELASTICSEARCH_DURATION_FIELD: s, ms, us or ns'];
}

function isServer(text: string): boolean {
  if (!/^https?:\/\/[^?#\s]+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
