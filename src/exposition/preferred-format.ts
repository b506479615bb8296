import type { Format } from './exporter.js';

const TEXTS = new Set(['text/plain', 'application/openmetrics-text', 'text/*', '*/*']);

/**
 * The format that an Accept header prefers by quality value, then by order. Requests for OpenMetrics get the text format,
 * because OpenMetrics would change the names of counters.
 */
export function preferredFormat(accept = '*/*'): Format {
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
