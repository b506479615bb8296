import { BLANK, LINE_FEED } from '../../platform/ascii.js';
import type { Format, Line, Verdict } from './line.js';
import { type Part, type Variable } from './template-parts.js';
import { Template } from './template.js';

const HASH = 0x23;
const TAB = 0x09;
const HEADER = '#Fields:';

/** https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging; CloudFront shares some of these names. */
const FIELDS: Readonly<Record<string, Variable>> = {
  'sc-status': { is: 'status' },
  'cs-method': { is: 'method' },
  'cs-uri-stem': { is: 'path' },
  's-sitename': { is: 'service', rank: 1 },
  'cs-host': { is: 'service', rank: 2 },
  'cs(Host)': { is: 'service', rank: 2 },
};

/** The W3C extended log format, as IIS writes it. A `#Fields:` line names the fields of the lines up to the next one. */
export class W3c implements Format {
  readonly name = 'w3c';
  private fields: readonly string[] = [];
  private template: Template | undefined;

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    if (start < end && bytes[start] === HASH) {
      const header = bytes.toString('latin1', start, end);
      if (header.startsWith(HEADER)) {
        this.fields = header.slice(HEADER.length).trim().split(/\s+/);
        this.template = undefined;
      }
      return this.fields.length > 0 || /^#[A-Z][\w-]*:/.test(header) ? 'skipped' : 'unrecognized_line';
    }
    if (!this.fields.includes('sc-status')) return 'unrecognized_line';
    this.template ??= this.templateFor(separatorOf(bytes, start, end));
    return this.template.read(bytes, start, end, line);
  }

  /** IIS separates fields by blanks and logs milliseconds. CloudFront separates them by tabs and logs seconds. */
  private templateFor(separator: string): Template {
    const perSecond = separator === '\t' ? 1 : 1e3;
    const parts = this.fields.flatMap((name, at): Part[] => {
      const meaning: Variable = name === 'time-taken' ? { is: 'seconds', perSecond } : (FIELDS[name] ?? {});
      return [separator, { shape: separator === '\t' ? 'text' : 'token', ...meaning, name, at }];
    });
    return new Template(this.name, parts.slice(1));
  }
}

function separatorOf(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end && bytes[at] !== LINE_FEED; at++) {
    if (bytes[at] === BLANK) break;
    if (bytes[at] === TAB) return '\t';
  }
  return ' ';
}
