import { readFile } from 'node:fs/promises';
import type { Authenticator } from '@nats-io/transport-node';
import { messageOf } from '../../platform/message-of.js';
import type { BrokerSettings } from './broker.settings.js';

/**
 * The credentials of the service for the NATS servers; undefined if the settings have none.
 *
 * @throws {Error} if a file is missing or not valid
 */
export async function authenticatorFor(settings: BrokerSettings): Promise<Authenticator | undefined> {
  const { NATS_CREDS_FILE, NATS_NKEY_FILE, NATS_USER, NATS_TOKEN, NATS_TOKEN_FILE } = settings;
  const nats = await import('@nats-io/transport-node');
  if (NATS_CREDS_FILE !== undefined)
    return checked(NATS_CREDS_FILE, nats.credsAuthenticator(await readFile(NATS_CREDS_FILE)));
  if (NATS_NKEY_FILE !== undefined)
    return checked(NATS_NKEY_FILE, nats.nkeyAuthenticator(Buffer.from(await secretIn(NATS_NKEY_FILE))));
  if (NATS_USER !== undefined) {
    const { NATS_PASSWORD, NATS_PASSWORD_FILE = '' } = settings;
    return nats.usernamePasswordAuthenticator(
      NATS_USER,
      NATS_PASSWORD ?? (await secretIn(NATS_PASSWORD_FILE)),
    );
  }
  const token = NATS_TOKEN_FILE === undefined ? NATS_TOKEN : await secretIn(NATS_TOKEN_FILE);
  return token === undefined ? undefined : nats.tokenAuthenticator(token);
}

/** The first line of a file. */
async function secretIn(path: string): Promise<string> {
  const [line = ''] = (await readFile(path, 'utf8')).split(/\r?\n/, 1);
  if (line === '') throw new Error(`${path} is empty`);
  return line;
}

/** Tries an authenticator once. Its errors do not reveal the secret. */
function checked(path: string, authenticate: Authenticator): Authenticator {
  try {
    authenticate('any nonce');
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
  }
  return authenticate;
}
