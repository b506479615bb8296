import { BACKSLASH, COMMA, OPENING_BRACE, OPENING_BRACKET, POINT } from '../../platform/ascii.js';
import { afterBlanks, indexOfByte, isDigit, startsWith, statusAt } from './bytes.js';
import type { Format, Label, Line, Verdict } from './line.js';
import { durationAt } from './template.js';
import { ALL_RULES, KNOWN, type Rule, Rules, type Terms } from './writers.js';

const SLASH = 0x2f;
const CADDY = Buffer.from('http.');
const CADDY_ACCESS = Buffer.from('http.log.access');

/** Reads lines of JSON or logfmt, and the objects at the end of Caddy's console format. */
export class KeyedLines implements Format {
  private rule: Rule | undefined;
  /** The signature of the line for which `rule` was chosen. */
  private signature = 0;
  private form: 'JSON' | 'logfmt' = 'JSON';

  private constructor(private readonly rules: Rules) {}

  /** For all known writers, or one of them. */
  static known(wanted?: string): KeyedLines {
    const known = KNOWN.filter(([name]) => name === wanted);
    return new KeyedLines(known.length === 0 ? ALL_RULES : new Rules(known, false));
  }

  static declared(terms: Terms): KeyedLines {
    return new KeyedLines(new Rules([['declared', terms]], true));
  }

  get name(): string {
    const { rule, form } = this;
    return rule === undefined || this.rules.declared || rule.name === 'other'
      ? form
      : `${form} of ${rule.name}`;
  }

  read(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const first = afterLogger(bytes, afterBlanks(bytes, start, end), end);
    if (first < end && bytes[first] === OPENING_BRACE) {
      this.form = 'JSON';
      return this.rules.fields.readJson(bytes, first, end)
        ? this.verdict(bytes, line, undefined)
        : 'not_json';
    }
    if (first < end && isDigit(bytes[first] ?? 0)) return this.readConsole(bytes, first, end, line);
    if (!this.rules.fields.readLogfmt(bytes, first, end)) return 'unrecognized_line';
    this.form = 'logfmt';
    return this.verdict(bytes, line, undefined);
  }

  /** `2026/11/29 12:42:11.414` tab `ERROR` tab `http.log.access.log1` tab `handled request` tab, then the object without its logger. */
  private readConsole(bytes: Buffer, start: number, end: number, line: Line): Verdict {
    const object = indexOfByte(bytes, OPENING_BRACE, start, end);
    if (bytes[start + 4] !== SLASH || object < 0) return 'unrecognized_line';
    const before = bytes.toString('latin1', start, object);
    if (!/^\d{4}\/\d\d\/\d\d [\d:.]+\t.*\t$/.test(before)) return 'unrecognized_line';
    const caddy = this.rules.rules.find(({ name }) => name === 'caddy');
    if (!before.includes('\thttp.log.access')) return 'skipped';
    return caddy && this.rules.fields.readJson(bytes, object, end)
      ? this.verdict(bytes, line, caddy)
      : 'not_json';
  }

  private verdict(bytes: Buffer, line: Line, writer: Rule | undefined): Verdict {
    const { fields } = this.rules;
    if (!writer && !this.rules.declared && fields.has(this.rules.logger)) {
      // Caddy logs a failing request twice: in its access log, and as an error.
      if (
        this.begins(bytes, this.rules.logger, CADDY) &&
        !this.begins(bytes, this.rules.logger, CADDY_ACCESS)
      )
        return 'skipped';
    }
    const rule = writer ?? this.ruleFor(bytes);
    const place = rule && this.first(rule.status);
    const statuscode =
      place === undefined || place < 0 ? -1 : statusAt(bytes, fields.from[place] ?? 0, fields.to[place] ?? 0);
    if (!rule || statuscode < 0) {
      return this.first(this.rules.levels) >= 0 && this.first(this.rules.messages) >= 0
        ? 'skipped'
        : 'unrecognized_line';
    }
    this.rule = rule;
    this.signature = fields.signature;
    const verdict = line.take(statuscode, this.seconds(bytes, rule));
    if (verdict !== 'request') return verdict;
    if (line.wantsMethod) this.takeLabel(bytes, line, 'method', rule.method);
    if (line.wantsPath) this.takeLabel(bytes, line, 'path', rule.path);
    if (line.wantsService) this.takeLabel(bytes, line, 'service', rule.service);
    const request = this.first(rule.request);
    if (
      request >= 0 &&
      (line.wantsMethod || line.wantsPath) &&
      line.method === undefined &&
      line.path === undefined
    ) {
      line.takeRequest(bytes, fields.from[request] ?? 0, fields.to[request] ?? 0);
    }
    return verdict;
  }

  /** The lines of a writer have the same keys, so the rule of the previous line usually fits, unless the logger's name differs. */
  private ruleFor(bytes: Buffer): Rule | undefined {
    const { fields, rules, logger } = this.rules;
    if (fields.signature === this.signature && !fields.has(logger)) return this.rule;
    return rules.find((candidate) => this.fits(bytes, candidate));
  }

  private fits(bytes: Buffer, { status, needs }: Rule): boolean {
    if (this.first(status) < 0) return false;
    if (needs.length === 0) return true;
    for (const { place, prefix } of needs) {
      if (this.rules.fields.has(place) && this.begins(bytes, place, prefix)) return true;
    }
    return false;
  }

  private begins(bytes: Buffer, place: number, prefix: Buffer): boolean {
    return startsWith(bytes, this.rules.fields.from[place] ?? 0, this.rules.fields.to[place] ?? 0, prefix);
  }

  private first(places: readonly number[]): number {
    for (const place of places) if (this.rules.fields.has(place)) return place;
    return -1;
  }

  private seconds(bytes: Buffer, { durations }: Rule): number {
    const { from, to } = this.rules.fields;
    for (const { place, perSecond } of durations) {
      if (!this.rules.fields.has(place)) continue;
      const [first = 0, last = 0] = [from[place], to[place]];
      // Seconds always have a fraction. An integer would be milli- or microseconds of another writer.
      if (perSecond === 1 && !this.rules.declared && indexOfByte(bytes, POINT, first, last) < 0) continue;
      const seconds = durationAt(bytes, first, last, perSecond);
      if (seconds >= 0) return seconds;
    }
    return NaN;
  }

  private takeLabel(bytes: Buffer, line: Line, label: Label, places: readonly number[]): void {
    const place = this.first(places);
    if (place >= 0) line.takeLabel(label, this.text(bytes, place));
  }

  private text(bytes: Buffer, place: number): string {
    const [from = 0, to = 0] = [this.rules.fields.from[place], this.rules.fields.to[place]];
    const text = bytes.toString('utf8', from, to);
    return indexOfByte(bytes, BACKSLASH, from, to) < 0 ? text : unescaped(text);
  }
}

/** Ruby's Logger puts this before a line: `I, [2026-11-22T13:55:36.123456 #7]  INFO -- : `, and Rails a request's id in brackets. */
function afterLogger(bytes: Buffer, start: number, end: number): number {
  if (bytes[start + 1] !== COMMA || bytes[start + 3] !== OPENING_BRACKET) return start;
  const [before] = LOGGER_START.exec(bytes.toString('latin1', start, end)) ?? [''];
  return start + before.length;
}

const LOGGER_START = /^[A-Z], \[[^\]]*\] +[A-Z]+ -- [^:]*: (?:\[[^\]]*\] )*/;

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}
