import { type RecordingSettings, unlistedEntries } from '../../recording/recording.settings.js';
import { type Conflicts, list, readable, type ValuesOf } from '../../settings/fields.js';
import { parseRanges } from './senders.js';

/** An address to listen on, and the labels of everything that is sent to it. */
export interface SyslogEntry {
  readonly env: string;
  readonly service: string | undefined;
  readonly protocol: 'udp' | 'tcp';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const ENTRY = /^([^=/]+)(?:\/([^=]+))?=(udp|tcp):\/\/(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/;

const entries = list()
  .refine((texts) => texts.every((text) => ENTRY.test(text) && parseEntry(text).port <= 65_535), {
    error: 'must be entries like env=udp://0.0.0.0:5514 or env/service=tcp://[::]:5514, separated by commas',
  })
  .transform((texts) => texts.map(parseEntry))
  .refine(
    (all) => {
      const urls = all.filter(({ port }) => port > 0).map((entry) => urlOf(entry));
      return new Set(urls).size === urls.length;
    },
    { error: 'must not name an address twice' },
  );

function parseEntry(text: string): SyslogEntry {
  const [, env = '', service, protocol, ipv6, host = ipv6 ?? '', port] = ENTRY.exec(text) ?? [];
  return { env, service, protocol: protocol === 'udp' ? 'udp' : 'tcp', host, port: Number(port) };
}

export function urlOf({ protocol, host, port }: SyslogEntry): string {
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const LOCAL = ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

const senders = readable((text) => {
  const ranges = text.split(',').map((range) => range.trim());
  parseRanges(ranges);
  return ranges;
});

export const syslogFields = {
  SYSLOG: entries
    .default([])
    .describe(
      'Where to receive access logs by syslog: `env=udp://host:port` or `env/service=tcp://host:port`, separated by commas',
    ),
  SYSLOG_ALLOWED_SENDERS: senders
    .default(LOCAL)
    .describe('Addresses and ranges that may send syslog; by default loopback and private ones'),
};

export type SyslogSettings = ValuesOf<typeof syslogFields>;

export function* syslogConflicts(settings: SyslogSettings & RecordingSettings): Conflicts<SyslogSettings> {
  yield* unlistedEntries('SYSLOG', settings.SYSLOG, settings);
}
