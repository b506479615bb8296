// What `npm audit --json` printed → whether the change may pass.
import * as z from 'zod';

/** An advisory, or the name of the vulnerable package that this one depends on. */
const cause = z.union([z.string(), z.object({ title: z.string(), url: z.string() })]);

const answered = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), via: z.array(cause) })),
});

/** npm gives what it cannot do itself, such as to read the lock file, a code instead of a message. */
const unanswered = z.object({ message: z.string() });

export interface Verdict {
  passes: boolean;
  text: string;
}

/**
 * Known vulnerabilities do not pass, of whatever severity. A registry that does not answer, or with an error, does: nothing
 * is known then.
 *
 * @throws if it is neither a report nor about the registry
 */
export function judge(output: string): Verdict {
  const report = z.union([answered, unanswered]).parse(JSON.parse(output));
  if ('message' in report) {
    return { passes: true, text: `NOT AUDITED, because the registry does not answer: ${report.message}` };
  }
  const lines = Object.entries(report.vulnerabilities).flatMap(([name, { severity, via }]) =>
    via.map(
      (one) => `${name} (${severity}): ${typeof one === 'string' ? `by ${one}` : `${one.title} ${one.url}`}`,
    ),
  );
  if (lines.length === 0) return { passes: true, text: 'No known vulnerabilities.' };
  return { passes: false, text: ['Known vulnerabilities:', ...lines].join('\n') };
}
