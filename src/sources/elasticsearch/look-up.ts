import type { Labels } from '../../recording/labels.js';
import type { SearchClient } from './client.js';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';
import { fieldNames, findFields, type Found, wantedFields } from './fields.js';

/** Nothing can be counted by the fields as they are. */
export class UnusableFields extends Error {}

/**
 * Asks the cluster for the fields that the settings name.
 *
 * @throws {UnusableFields} if one that is needed is missing, or of a type that cannot be counted by
 */
export async function lookUp(
  client: SearchClient,
  settings: ElasticsearchSettings,
  labels: Pick<Labels, 'isOn'>,
  signal: AbortSignal,
): Promise<Found> {
  const wanted = wantedFields(settings, labels);
  const names = fieldNames(wanted).map(encodeURIComponent).join(',');
  const answer = await client.ask(`_field_caps?allow_no_indices=false&fields=${names}`, undefined, signal);
  const found = findFields(wanted, { ...Object(answer) }.fields);
  if (found.problems.length > 0) throw new UnusableFields(found.problems.join('; '));
  return found;
}
