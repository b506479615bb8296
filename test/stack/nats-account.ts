// Accounts of NATS as `nsc` makes them: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const NO_LIMITS = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

/** The configuration of a server with one account, and a file of credentials for a user of it. */
export function newAccount(): { configuration: string; credentials: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const preloaded = `${account.getPublicKey()}: "${token(operator, account, { type: 'account', limits: NO_LIMITS })}"`;
  return {
    configuration: [
      `operator: "${token(operator, operator, { type: 'operator' })}"`,
      'resolver: MEMORY',
      `resolver_preload: { ${preloaded} }`,
      '',
    ].join('\n'),
    credentials: [
      '-----BEGIN NATS USER JWT-----',
      token(account, user, { type: 'user', subs: -1, data: -1, payload: -1 }),
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      Buffer.from(user.getSeed()).toString(),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

/** A JWT in which an issuer says who somebody is. */
function token(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const payload = {
    jti: 'test',
    iat: 0,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'test',
    nats: { ...claims, version: 2 },
  };
  const text = [{ typ: 'JWT', alg: 'ed25519-nkey' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
