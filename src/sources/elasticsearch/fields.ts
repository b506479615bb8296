// Which fields the settings need, and how the servers store them according to `_field_caps`.
import type { Labels } from '../../recording/labels.js';
import { FLOAT_BITS, INTEGERS } from './bounds.js';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';
import { PRESETS } from './presets.js';

/** The meaning of a field. */
export type Role = 'time' | 'status' | 'duration' | 'env' | 'service' | 'method' | 'route' | 'path';

/** A field as the settings name it. */
export interface Wanted {
  role: Role;
  name: string;
  /** The setting that names it. */
  setting: string;
  /** Whether it may be missing. */
  optional: boolean;
}

/** A field as the servers store it, with its types, which may differ between indices. */
export interface Field {
  name: string;
  types: readonly string[];
}
export type Fields = Partial<Record<Role, Field>>;

const KEYWORDS: readonly string[] = ['keyword', 'constant_keyword', 'wildcard'];
const NUMBERS: readonly string[] = [...INTEGERS, ...Object.keys(FLOAT_BITS)];

/** The allowed families of types for each role. All indices must use the same family. */
const FAMILIES: Readonly<Record<Role, readonly (readonly string[])[]>> = {
  time: [['date', 'date_nanos']],
  status: [NUMBERS, KEYWORDS],
  duration: [INTEGERS, Object.keys(FLOAT_BITS)],
  env: [KEYWORDS],
  service: [KEYWORDS],
  method: [KEYWORDS],
  route: [KEYWORDS],
  path: [KEYWORDS],
};

/** The fields for the enabled labels. Fields of the preset may be missing, except for status and time. */
export function wantedFields(settings: ElasticsearchSettings, labels: Pick<Labels, 'isOn'>): Wanted[] {
  const preset = PRESETS[settings.ELASTICSEARCH_PRESET];
  const wanted: Wanted[] = [];
  const want = (role: Role, set: string | undefined, setting: string, optional = set === undefined): void => {
    const name = set ?? preset?.[role];
    if (name !== undefined) wanted.push({ role, name, setting, optional });
  };
  want('time', settings.ELASTICSEARCH_TIME_FIELD, 'ELASTICSEARCH_TIME_FIELD', false);
  want('status', settings.ELASTICSEARCH_STATUS_FIELD, 'ELASTICSEARCH_STATUS_FIELD', false);
  want('duration', settings.ELASTICSEARCH_DURATION_FIELD, 'ELASTICSEARCH_DURATION_FIELD');
  if (settings.ELASTICSEARCH_ENV === undefined)
    want('env', settings.ELASTICSEARCH_ENV_FIELD, 'ELASTICSEARCH_ENV_FIELD', false);
  if (labels.isOn('service'))
    want('service', settings.ELASTICSEARCH_SERVICE_FIELD, 'ELASTICSEARCH_SERVICE_FIELD');
  if (labels.isOn('method'))
    want('method', settings.ELASTICSEARCH_METHOD_FIELD, 'ELASTICSEARCH_METHOD_FIELD');
  if (labels.isOn('route') && settings.ELASTICSEARCH_ROUTE_FIELD !== undefined)
    want('route', settings.ELASTICSEARCH_ROUTE_FIELD, 'ELASTICSEARCH_ROUTE_FIELD');
  else if (labels.isOn('route')) want('path', settings.ELASTICSEARCH_PATH_FIELD, 'ELASTICSEARCH_PATH_FIELD');
  return wanted;
}

/** The names for `_field_caps`, with keyword subfields that text fields may have. */
export function fieldNames(wanted: readonly Wanted[]): string[] {
  return wanted.flatMap(({ name }) => [name, `${name}.keyword`]);
}

export interface Found {
  fields: Fields;
  /** Optional fields that do not exist. */
  missing: Wanted[];
  /** Why nothing can be counted; empty if everything is fine. */
  problems: string[];
}

/** @param caps the `fields` of an answer to `_field_caps` */
export function findFields(wanted: readonly Wanted[], caps: unknown): Found {
  const found: Found = { fields: {}, missing: [], problems: [] };
  for (const want of wanted) {
    const field = fieldOf(want, caps);
    if (typeof field !== 'string') found.fields[want.role] = field;
    else if (field === UNMAPPED && want.optional) found.missing.push(want);
    else found.problems.push(`the field ${want.name} ${field}: set ${want.setting}`);
  }
  return found;
}

const UNMAPPED = 'is in no index';

/** The field, or its problem. */
function fieldOf({ role, name }: Wanted, caps: unknown): Field | string {
  const types = typesOf(caps, name);
  if (types.length === 0) return UNMAPPED;
  if (types.every(({ type }) => type === 'text' || type === 'match_only_text')) {
    const keywords = typesOf(caps, `${name}.keyword`);
    if (keywords.length === 0) return 'is text without a keyword subfield';
    return fieldOf({ role, name: `${name}.keyword`, setting: '', optional: false }, caps);
  }
  const names = types.map(({ type }) => type);
  if (!FAMILIES[role].some((family) => names.every((type) => family.includes(type)))) {
    const expected = FAMILIES[role].map((family) => family.join(', ')).join('; or ');
    return `has the type ${names.join(' in some indices, in others ')}, but must have one of: ${expected}`;
  }
  if (types.some(({ aggregatable }) => aggregatable !== true)) return 'cannot be aggregated in all indices';
  return { name, types: names };
}

interface Capability {
  type: string;
  aggregatable?: unknown;
}

function typesOf(caps: unknown, name: string): Capability[] {
  const types: Readonly<Record<string, Capability>> = { ...Object({ ...Object(caps) }[name]) };
  return Object.entries(types)
    .filter(([type]) => type !== 'unmapped')
    .map(([type, { aggregatable }]) => ({ type, aggregatable }));
}
