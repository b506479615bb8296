import type { Format } from './exporter.js';

const TEXTS = new Set(['text/plain', 'application/openmetrics-text', 'text/*', '*/*']);

/** Scrapers send few different Accept headers. */
const MOST_REMEMBERED = 16;
const remembered = new Map<string, Format>();

/** {@link parsed}, but an Accept header that came lately is not parsed again. */
export function preferredFormat(accept = '*/*'): Format {
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  if (remembered.size === MOST_REMEMBERED) remembered.clear();
  const format = parsed(accept);
  remembered.set(accept, format);
  return format;
}

/**
 * The format that an Accept header prefers by quality value, then by order. Requests for OpenMetrics get the text format,
 * because OpenMetrics would change the names of counters.
 */
function parsed(accept: string): Format {
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [type, ...parameters] = range.replaceAll(/[\s"]/g, '').split(';');
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1;
      return { format: formatOf(type, parameters), quality: Number(quality) };
    })
    .filter(({ format, quality }) => format !== undefined && quality > 0);
  return ranges.toSorted((one, other) => other.quality - one.quality)[0]?.format ?? 'text';
}

function formatOf(type = '', parameters: readonly string[]): Format | undefined {
  if (TEXTS.has(type)) return 'text';
  const isProtobuf =
    type === 'application/vnd.google.protobuf' &&
    parameters.includes('proto=io.prometheus.client.metricfamily') &&
    parameters.includes('encoding=delimited');
  return isProtobuf ? 'protobuf' : undefined;
}
