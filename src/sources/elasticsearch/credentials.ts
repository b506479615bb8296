import { readFile } from 'node:fs/promises';
import type { AgentOptions } from 'node:https';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';

export interface Credentials {
  authorization?: string;
  tls: Pick<AgentOptions, 'ca' | 'cert' | 'key'>;
}

/**
 * The current credentials. Files are read for each request, so new ones are used from the next request on.
 *
 * @throws {Error} if a file cannot be read
 */
export async function readCredentials(settings: ElasticsearchSettings): Promise<Credentials> {
  const secretOf = async (
    name: 'ELASTICSEARCH_API_KEY' | 'ELASTICSEARCH_PASSWORD' | 'ELASTICSEARCH_BEARER_TOKEN',
  ): Promise<string | undefined> => settings[name] ?? (await textOf(settings[`${name}_FILE`]))?.trim();
  const [ca, cert, key, apiKey, password, token] = await Promise.all([
    textOf(settings.ELASTICSEARCH_CA_FILE),
    textOf(settings.ELASTICSEARCH_CERT_FILE),
    textOf(settings.ELASTICSEARCH_KEY_FILE),
    secretOf('ELASTICSEARCH_API_KEY'),
    secretOf('ELASTICSEARCH_PASSWORD'),
    secretOf('ELASTICSEARCH_BEARER_TOKEN'),
  ]);
  const tls = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key: key ?? '' }) };
  // An API key is sent encoded. One that is not yet encoded has a colon.
  if (apiKey !== undefined)
    return { tls, authorization: `ApiKey ${apiKey.includes(':') ? base64(apiKey) : apiKey}` };
  if (password !== undefined)
    return { tls, authorization: `Basic ${base64(`${settings.ELASTICSEARCH_USERNAME}:${password}`)}` };
  return token === undefined ? { tls } : { tls, authorization: `Bearer ${token}` };
}

async function textOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
