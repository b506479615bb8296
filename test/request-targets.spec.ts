import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ServiceProcess } from './process.js';
import { scrape } from './service.js';

const SERVED = [
  '/some',
  '/some?a=http://b',
  'http://a/some',
  'http://a:80/some?b',
  'https://a.b./some',
  'HTTP://A_B/some',
  'http://[::1]:80/some',
  'http://%41/some',
];
const UNKNOWN = ['*', '//', '//a:b@c/some', '/\\a', '/%', 'http://a/../some', 'http://a//some'];
const REFUSED = [
  'http://',
  'http:///some',
  'http://a:b/some',
  'http://a:b@[::/some',
  'http://a@b/some',
  'http://[::/some',
  'http://[a/some',
  'http://a]/some',
  'ftp://a/some',
  '/some#a',
  '/some?#',
  'http://a/some#b',
];
/** Node refuses them itself. */
const UNREADABLE = [
  'a:80',
  'mailto:a@b',
  'javascript:a',
  'http:\\\\a\\some',
  'http://a#b',
  '/some\t',
  '/some\xa0',
];

describe('the target of a request', () => {
  it('is a path, alone or after http://host; any other is refused, counted, and never written about to stderr', async () => {
    await using service = new ServiceProcess({ SIMULATOR: 'off' });
    const { url, port } = await service.listening();
    const answers = new Map<string, string>();
    for (const target of [...SERVED, ...UNKNOWN, ...REFUSED, ...UNREADABLE]) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1');
      answers.set(target, await text(socket));
    }
    const answered = (status: string): string[] =>
      [...answers].flatMap(([target, answer]) => (answer.startsWith(`HTTP/1.1 ${status} `) ? [target] : []));
    expect(answered('200')).toEqual(SERVED);
    expect(answered('404')).toEqual(UNKNOWN);
    expect(answered('400')).toEqual([...REFUSED, ...UNREADABLE]);
    for (const target of REFUSED) {
      expect(answers.get(target)).toContain('Content-Type: application/problem+json\r\n');
      expect(answers.get(target)).toContain('"detail":"the request target must be a path');
    }
    const all = await scrape({ url });
    const malformed = REFUSED.length + UNREADABLE.length;
    expect(all.get('service_collector_refused_total{reason="malformed"}')).toBe(malformed);
    const measured =
      'service_collector_http_request_duration_seconds_count{method="GET",route="unmatched",code="400"}';
    expect(all.get(measured)).toBe(REFUSED.length);
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(service.errors).toBe('');
  });
});
