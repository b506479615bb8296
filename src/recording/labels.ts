import { labelsOf, type ListedLabel } from '../metrics/collectors.js';
import type { Text } from '../platform/words.js';
import { Names } from './names.js';
import { OTHER, type RecordingSettings } from './recording.settings.js';
import { Routes } from './routes.js';

/** A label whose values are a closed list. */
export interface Label {
  readonly name: ListedLabel;
  /** All its values, `other` last. */
  readonly values: readonly string[];
  /** The difference between the group numbers of one value and the next. */
  readonly step: number;
  /** The index of a value in the list, or of `other` if the list does not contain it. */
  readonly placeOf: (value: string | undefined) => number;
  /** The same for a value within a UTF-8 text, whose hash is known. */
  readonly placeIn: (text: Text, start: number, end: number, hash: number) => number;
}

/**
 * The label values that observations are counted under. Each combination is a group, identified by a number. Input cannot create
 * new groups. Without lists, the number is the index of the environment in ENVIRONMENTS.
 */
export class Labels {
  readonly environments: readonly string[];
  /** The labels that are on. */
  readonly listed: readonly Label[];
  /** The number of combinations. */
  readonly groups: number;
  /** The number of combinations of each environment. */
  readonly perEnvironment: number;
  private readonly places: ReadonlyMap<unknown, number>;
  private readonly byName: Readonly<Partial<Record<ListedLabel, Label>>>;

  constructor(settings: Pick<RecordingSettings, 'ENVIRONMENTS' | 'SERVICES' | 'METHODS' | 'ROUTES'>) {
    const routes = new Routes(settings.ROUTES);
    const lists = { service: settings.SERVICES, method: settings.METHODS, route: settings.ROUTES };
    let step = 1;
    this.listed = labelsOf(settings).map((name) => {
      const values = [...lists[name], OTHER];
      const label = Object.assign({ name, values, step }, placesIn(values, name, routes));
      step *= values.length;
      return label;
    });
    this.environments = settings.ENVIRONMENTS;
    this.perEnvironment = step;
    this.groups = step * settings.ENVIRONMENTS.length;
    this.places = new Map(settings.ENVIRONMENTS.map((name, place) => [name, place]));
    this.byName = Object.fromEntries(this.listed.map((label) => [label.name, label]));
  }

  isOn(label: ListedLabel): boolean {
    return this.byName[label] !== undefined;
  }

  /** The index of an environment in ENVIRONMENTS, or -1. */
  environment(name: unknown): number {
    return this.places.get(name) ?? -1;
  }

  /**
   * The group of some label values. Labels that are off are ignored.
   *
   * @param environment an index in ENVIRONMENTS
   * @param method in upper or lower case
   * @param route a template of the list, a path or a URL
   */
  groupOf(environment: number, service?: string, method?: string, route?: string): number {
    let group = environment * this.perEnvironment;
    if (this.listed.length === 0) return group;
    const values = { service, method, route };
    for (const { name, step, placeOf } of this.listed) group += step * placeOf(values[name]);
    return group;
  }

  /** The label values of a group, including `env`. */
  valuesOf(group: number): { env: string } & Partial<Record<ListedLabel, string>> {
    const env = this.environments[Math.floor(group / this.perEnvironment)] ?? ''; // groups are never below 0
    const values = this.listed.map((label) => [label.name, label.values[placeIn(group, label)]]);
    return { env, ...Object.fromEntries(values) };
  }

  /** A bit mask of the labels that are `other` in a group. The lowest bit is the first of `listed`. */
  unlistedIn(group: number): number {
    return this.listed.reduce(
      (bits, label, i) => (placeIn(group, label) === label.values.length - 1 ? bits | (1 << i) : bits),
      0,
    );
  }
}

function placeIn(group: number, { step, values }: Label): number {
  return Math.floor(group / step) % values.length;
}

/** The lookup functions of a label, whose last value is `other`. */
function placesIn(
  values: readonly string[],
  name: ListedLabel,
  routes: Routes,
): Pick<Label, 'placeOf' | 'placeIn'> {
  const other = values.length - 1;
  const orOther = (place: number): number => (place < 0 ? other : place);
  if (name === 'route') {
    return {
      placeOf: (value) => (value === undefined ? other : orOther(routes.match(value))),
      placeIn: (text, start, end) => orOther(routes.matchIn(text, start, end)),
    };
  }
  const places = new Map(values.map((value, place) => [value, place]));
  const names = new Names(values);
  if (name === 'service') {
    return {
      placeOf: (value = OTHER) => places.get(value) ?? other,
      placeIn: (text, start, end, hash) => orOther(names.find(text, start, end, hash)),
    };
  }
  const placeOf = (value = OTHER): number => places.get(value) ?? places.get(value.toUpperCase()) ?? other;
  return {
    placeOf,
    placeIn: (text, start, end, hash) => {
      const place = names.find(text, start, end, hash);
      return place < 0 ? placeOf(text.bytes.toString('utf8', start, end)) : place;
    },
  };
}
