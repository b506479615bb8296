import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf } from '../platform/message-of.js';
import { readAgain } from '../platform/read-again.js';

interface Paths {
  TLS_CERT_FILE?: string | undefined;
  TLS_KEY_FILE?: string | undefined;
}

/**
 * Reads the certificate chain and its key.
 *
 * @returns both in PEM format, or undefined if no files are set
 * @throws {Error} if a file cannot be read or is not valid, or the key does not belong to the certificate
 */
export function readCertificate({
  TLS_CERT_FILE,
  TLS_KEY_FILE,
}: Paths): { cert: Buffer; key: Buffer } | undefined {
  if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return undefined;
  const certificate = { cert: readAgain(TLS_CERT_FILE), key: readAgain(TLS_KEY_FILE) };
  use({ cert: certificate.cert }, `${TLS_CERT_FILE} is not a certificate in PEM format`);
  use({ key: certificate.key }, `${TLS_KEY_FILE} is not a key in PEM format, without a passphrase`);
  use(certificate, `${TLS_KEY_FILE} is not the key of the certificate in ${TLS_CERT_FILE}`);
  return certificate;
}

/** Adds a readable message, because OpenSSL's errors name neither the file nor, usually, the problem. */
function use(options: SecureContextOptions, otherwise: string): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error(`${otherwise}: ${messageOf(error)}`, { cause: error });
  }
}
