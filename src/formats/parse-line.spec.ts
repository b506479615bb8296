import fc from 'fast-check';
import { fuzzRuns } from '../../test/fuzz.js';
import { parseLine } from './parse-line.js';

const COMMON = '203.0.113.7 - frank [22/Nov/2026:13:55:36 +0100] "GET /a?b=c HTTP/1.1" 200 2326';
const COMBINED = `${COMMON} "http://example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`;

describe('parseLine', () => {
  it.each([
    ['common', COMMON, { statuscode: 200 }],
    ['common without bytes', COMMON.replace('2326', '-'), { statuscode: 200 }],
    ['combined', COMBINED, { statuscode: 200 }],
    ['combined and $request_time', `${COMBINED} 0.123`, { statuscode: 200, seconds: 0.123 }],
    ['a long $request_time', `${COMBINED} 3600.000`, { statuscode: 200, seconds: 3600 }],
    ['a moment, not a duration', `${COMBINED} 1795355736.724`, { statuscode: 200 }],
    [
      '$request_time after other fields',
      `${COMBINED} "10.0.0.1" 0.100 0.250`,
      { statuscode: 200, seconds: 0.25 },
    ],
    ['another field last', `${COMBINED} 0.123 "-"`, { statuscode: 200 }],
    ['a number that is no $request_time', `${COMBINED} 123`, { statuscode: 200 }],
    ['microseconds of Apache', `${COMBINED} 5311`, { statuscode: 200 }],
    ['a user agent that ends like a time', `${COMMON} "-" "agent 0.123"`, { statuscode: 200 }],
    ['IPv6', COMBINED.replace('203.0.113.7', '2001:db8::1'), { statuscode: 200 }],
    ['a virtual host in front', `example.com:443 ${COMBINED}`, { statuscode: 200 }],
    [
      'a TLS handshake on a plain port',
      '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"',
      { statuscode: 400 },
    ],
    [
      'an empty request',
      '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "" 400 0 "-" "-" 0.000',
      { statuscode: 400, seconds: 0 },
    ],
    [
      'a client that left',
      '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 499 0 "-" "-" 1.500',
      { statuscode: 499, seconds: 1.5 },
    ],
    [
      'quotes that Apache escaped',
      '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET /\\" 500 1 \\\\" 404 7 "a\\"b" "-"',
      { statuscode: 404 },
    ],
    [
      'a user that looks like a request',
      '203.0.113.7 - a] \\"GET / HTTP/1.1\\" 500 0 [22/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5',
      { statuscode: 200 },
    ],
    ['a code that is none', COMMON.replace(' 200 ', ' 000 '), { statuscode: 0 }],
  ])('reads %s', (_what, line, expected) => {
    expect(parseLine(line)).toEqual(expected);
  });

  it.each([
    ['nginx without a duration', { status: 499, request_time: -1 }, { statuscode: 499 }],
    ['nginx, more than ten days', { status: 200, request_time: 864_001 }, { statuscode: 200 }],
    ['nginx', { status: 200, request_time: 0.123 }, { statuscode: 200, seconds: 0.123 }],
    ['nginx with quotes', { status: '502', request_time: '1.500' }, { statuscode: 502, seconds: 1.5 }],
    ['nginx without a time', { status: '304', request_time: '-' }, { statuscode: 304 }],
    [
      'Caddy',
      {
        level: 'info',
        logger: 'http.log.access.log0',
        msg: 'handled request',
        status: 200,
        duration: 0.000929675,
      },
      { statuscode: 200, seconds: 0.000929675 },
    ],
    [
      'Traefik',
      { DownstreamStatus: 404, OriginStatus: 0, Duration: 4286571, RequestMethod: 'GET' },
      { statuscode: 404, seconds: 0.004286571 },
    ],
    [
      'Envoy',
      { response_code: 503, duration: 12, response_flags: 'UF' },
      { statuscode: 503, seconds: 0.012 },
    ],
    ['Envoy with texts', { response_code: '200', duration: '7' }, { statuscode: 200, seconds: 0.007 }],
    ['Envoy without an answer', { response_code: 0, duration: 3 }, { statuscode: 0, seconds: 0.003 }],
    ['an unknown writer, whose unit is not guessed', { status: 200, duration: 12 }, { statuscode: 200 }],
    ['a logger that is no text', { status: 200, logger: { toString: 1 }, duration: 12 }, { statuscode: 200 }],
  ])('reads JSON of %s', (_writer, fields, expected) => {
    expect(parseLine(JSON.stringify(fields))).toEqual(expected);
  });

  it.each([
    ['an empty line', ''],
    ['a dash', '-'],
    ['an error log', '2026/11/22 13:55:36 [error] 7#7: *1 open() "/a" failed (2: No such file or directory)'],
    ['another bracket than that of the time', 'a [b] "GET / HTTP/1.1" 200 5'],
    ['a line cut off in the request', COMMON.slice(0, 60)],
    ['a line cut off before its status', COMMON.slice(0, COMMON.indexOf('200'))],
    ['a line cut off in its status', COMMON.slice(0, COMMON.indexOf('200') + 2)],
    ['a status of four digits', COMMON.replace(' 200 ', ' 2000 ')],
    ['a text for bytes', COMMON.replace(' 2326', ' many')],
    ['JSON without a status', '{"msg":"server started"}'],
    ['JSON with a status that is no number', '{"status":"up"}'],
    ['JSON with an object for a status', '{"status":{"code":200}}'],
    ['binary rubbish', '\u0000\u0001\u00ff\u00fe'],
  ])('does not recognise %s', (_what, line) => {
    expect(parseLine(line)).toBe('unrecognized_line');
  });

  it.each(['{', '{"status":200', '{"status":200}}', "{'status':200}"])('finds %s not to be JSON', (line) => {
    expect(parseLine(line)).toBe('not_json');
  });

  it('throws for no text, near its formats or far from them', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '] "',
        '"',
        '\\',
        '[22/Nov/2026:13:55:36 +0000] "',
        '" 200 5',
        ' 0.123',
        '{"status":',
        '}',
        '\\"',
      ),
      fc.string(),
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (line) => {
        const parsed = parseLine(line);
        if (typeof parsed === 'string') {
          expect(['unrecognized_line', 'not_json']).toContain(parsed);
        } else {
          expect(parsed.statuscode).not.toBeNaN();
          expect(parsed.seconds).not.toBeNaN();
        }
      }),
      { numRuns: fuzzRuns },
    );
  });

  it('reads a line the same, wherever in a text it stands', () => {
    const line = fc.constantFrom(
      COMMON,
      COMBINED,
      `${COMBINED} 0.123`,
      COMMON.slice(0, 40),
      'a "b" 1.000',
      '{"status":200}',
    );
    const around = fc.oneof(line, fc.string());
    fc.assert(
      fc.property(around, line, around, (before, text, after) => {
        const whole = `${before}\n${text}\n${after}`;
        const start = before.length + 1;
        expect(parseLine(whole, start, start + text.length)).toEqual(parseLine(text));
      }),
      { numRuns: fuzzRuns },
    );
  });
});
