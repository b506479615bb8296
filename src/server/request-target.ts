/** `http://host:port`, which stands before the path in what proxies send (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/(?:[^/?#@:[\]]+|\[[\da-f:.]+\])(?::\d*)?(?=[/?]|$)/i;

/**
 * The path, with the query, that the target of a request names. Undefined for any other target: Express would read it with
 * `url.parse()`, which writes a warning to stderr since Node 24.
 */
export function pathOf(target: string): string | undefined {
  if (target === '*') return '/*'; // OPTIONS for the server as a whole (RFC 9110, 9.3.7) finds nothing
  const origin = ORIGIN.exec(target)?.[0] ?? '';
  const rest = target.slice(origin.length);
  const path = origin === '' || rest.startsWith('/') ? rest : `/${rest}`;
  return path.startsWith('/') && !path.includes('#') ? path : undefined;
}
