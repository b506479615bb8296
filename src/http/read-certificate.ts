import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Settings } from '../settings.js';

type Paths = Pick<Settings, 'TLS_CERT_FILE' | 'TLS_KEY_FILE'>;

/**
 * Reads the certificate, with those between it and its root, and its key.
 *
 * @returns both in PEM format, or undefined if no files are set
 * @throws {Error} if a file cannot be read, or the key is not that of the certificate
 */
export function readCertificate({
  TLS_CERT_FILE,
  TLS_KEY_FILE,
}: Paths): { cert: Buffer; key: Buffer } | undefined {
  if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return undefined;
  const certificate = { cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) };
  createSecureContext(certificate);
  return certificate;
}
