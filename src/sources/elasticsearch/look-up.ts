import type { Labels } from '../../recording/labels.js';
import type { SearchClient } from './client.js';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';
import { fieldNames, findFields, type Found, wantedFields } from './fields.js';

/** Documents cannot be counted with the existing fields. */
export class UnusableFields extends Error {}

/**
 * Looks up the fields of the settings in the cluster.
 *
 * @throws {UnusableFields} if a required field is missing or has an unsuitable type
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
