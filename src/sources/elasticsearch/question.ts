import type { RecordingSettings } from '../../recording/recording.settings.js';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';
import type { Field, Fields, Role } from './fields.js';
import { PRESETS, UNITS } from './presets.js';
import type { Level, Question } from './request.js';

export type SearchSettings = ElasticsearchSettings &
  Pick<RecordingSettings, 'ENVIRONMENTS' | 'SERVICES' | 'METHODS' | 'ROUTES'>;

/** The search of a poll, for the fields that were found. A label whose field is missing is always `other`. */
export function questionOf(settings: SearchSettings, fields: Fields, bounds: readonly number[]): Question {
  const preset = PRESETS[settings.ELASTICSEARCH_PRESET];
  const query = settings.ELASTICSEARCH_QUERY ?? (preset?.query && { query_string: { query: preset.query } });
  return {
    fields,
    levels: levelsOf(settings, fields),
    bounds,
    unitsPerSecond: UNITS[settings.ELASTICSEARCH_DURATION_UNIT ?? preset?.unit ?? 's'],
    ...(query && { query }),
    timeoutSeconds: settings.ELASTICSEARCH_TIMEOUT_SECONDS,
  };
}

function levelsOf(settings: SearchSettings, fields: Fields): Level[] {
  const { ENVIRONMENTS, SERVICES, METHODS, ROUTES } = settings;
  const level = (label: Level['label'], values: readonly string[], role: Role): Level[] => {
    const field: Field | undefined = fields[role];
    return field && values.length > 0 ? [{ label, values, field, isPath: role === 'path' }] : [];
  };
  return [
    ...level('env', ENVIRONMENTS, 'env'),
    ...level('service', SERVICES, 'service'),
    ...level('method', METHODS, 'method'),
    ...level('route', ROUTES, fields.route ? 'route' : 'path'),
  ];
}

/** Identifies what saved counts are about. Counts of another search cannot be continued. */
export function askedBy(settings: SearchSettings, bounds: readonly number[]): string {
  const own = Object.entries(settings).filter(([name]) =>
    /^ELASTICSEARCH_(URL|INDEX|PRESET|ENV|QUERY|\w+_FIELD|\w+_UNIT)/.test(name),
  );
  const { ENVIRONMENTS, SERVICES, METHODS, ROUTES } = settings;
  return JSON.stringify([own, ENVIRONMENTS, SERVICES, METHODS, ROUTES, bounds]);
}
