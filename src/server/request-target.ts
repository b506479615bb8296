/** `http://host:port`, which proxies send before the path (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/(?:[^/?#@:[\]]+|\[[\da-f:.]+\])(?::\d*)?(?=[/?]|$)/i;

/**
 * The path and query of a request target. Undefined for any other target: Express would parse it with `url.parse()`, which
 * writes a warning to stderr since Node 24.
 */
export function pathOf(target: string): string | undefined {
  if (target === '*') return '/*'; // OPTIONS for the whole server (RFC 9110, 9.3.7) matches no route
  const origin = ORIGIN.exec(target)?.[0] ?? '';
  const rest = target.slice(origin.length);
  const path = origin === '' || rest.startsWith('/') ? rest : `/${rest}`;
  return path.startsWith('/') && !path.includes('#') ? path : undefined;
}
