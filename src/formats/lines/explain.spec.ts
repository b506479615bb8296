import { explainLines } from './explain.js';
import { parseFormat } from './parse-format.js';

const LINE = '203.0.113.7 - - [22/Nov/2026:13:55:36 +0000] "GET /a?b HTTP/1.1" 200 512 "-" "x" 0.250';

describe('explainLines', () => {
  it('shows each kind of line, other outcomes, and lines that are not understood', () => {
    const lines = [
      LINE,
      LINE.replace('/a', '/b'),
      LINE.replace(' 200 ', ' 404 '),
      `  ${LINE}\r`,
      'hello \u001b[31m',
      '{',
      '[GIN-debug] x',
    ];
    expect(explainLines(Buffer.from(lines.join('\n')), parseFormat('auto'))).toEqual({
      text: `lines  status  seconds  service  method  path  format
    3  200     0.25     -        GET     /a?b  combined
    1  404     0.25     -        GET     /a?b  combined
1 rejected: not understood
1 rejected: begins like JSON but is not
1 skipped: not a request

The first lines that are not understood (ACCESS_LOG_FORMAT can declare their format):
"hello \\u001b[31m"
"{"
`,
      understood: true,
    });
  });

  it('says that nothing is understood', () => {
    expect(explainLines(Buffer.from('hello\n'), parseFormat('auto'))).toMatchObject({ understood: false });
    const inContainer = '2026-11-22T13:55:36.123456789Z stdout F hello';
    expect(explainLines(Buffer.from(inContainer), parseFormat('auto')).text).toContain(`"${inContainer}"`);
    expect(explainLines(Buffer.from(''), parseFormat('auto')).text).toBe('No line looks like a request.\n');
  });
});
