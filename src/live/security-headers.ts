import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import helmet, { type HelmetOptions } from 'helmet';

const always = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
} as const satisfies HelmetOptions;

// Without TLS, browsers ignore these headers, some with an error in the console. HSTS must only be sent over TLS.
const plain = helmet({
  ...always,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
});
const encrypted = helmet(always);

/** Forbids everything that the page does not need, and embedding by other pages. */
export function setSecurityHeaders(request: IncomingMessage, response: ServerResponse): void {
  const set = request.socket instanceof TLSSocket ? encrypted : plain;
  set(request, response, (error?: unknown) => {
    if (error !== undefined) throw error;
  });
}
