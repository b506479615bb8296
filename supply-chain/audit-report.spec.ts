import { judge } from './audit-report.js';

const report = (vulnerabilities: object): string =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities });

describe('judge', () => {
  it('lets a change pass if nothing is known', () => {
    expect(judge(report({}))).toEqual({ passes: true, text: 'No known vulnerabilities.' });
  });

  it('stops it for a vulnerability of any severity, and names the advisory and what depends on the package', () => {
    const advisory = { source: 1, title: 'Headers are wrong', url: 'https://example.org/1' };
    const { passes, text } = judge(
      report({
        helmet: { severity: 'low', via: [advisory], nodes: ['node_modules/helmet'] },
        wrapper: { severity: 'low', via: ['helmet'], nodes: ['node_modules/wrapper'] },
      }),
    );
    expect(passes).toBe(false);
    expect(text.split('\n')).toEqual([
      'Known vulnerabilities:',
      'helmet (low): Headers are wrong https://example.org/1',
      'wrapper (low): by helmet',
    ]);
  });

  it('lets it pass if the registry does not answer, and says so', () => {
    const message = 'request to https://registry.example/-/npm/v1/security/advisories/bulk failed';
    expect(judge(JSON.stringify({ message, error: { summary: '', detail: '' } }))).toEqual({
      passes: true,
      text: `NOT AUDITED, because the registry does not answer: ${message}`,
    });
  });

  it.each([
    [
      'npm has no lock file to read',
      { error: { code: 'ENOLOCK', summary: 'requires an existing lockfile' } },
    ],
    ['the report has another version', { auditReportVersion: 3, vulnerabilities: {} }],
    ['a vulnerability has another shape', { auditReportVersion: 2, vulnerabilities: { helmet: 'low' } }],
  ])('does not take it for an answer if %s', (_what, output) => {
    expect(() => judge(JSON.stringify(output))).toThrow('Invalid input');
  });

  it('does not take silence for an answer', () => {
    expect(() => judge('')).toThrow('JSON');
  });
});
