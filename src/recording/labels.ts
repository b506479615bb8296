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
  /** By how much a group's number rises from one value to the next. */
  readonly step: number;
  /** The place of a value in the list; that of `other` if it is not there. */
  readonly placeOf: (value: string | undefined) => number;
  /** The same of a value that is a part of a text in UTF-8, whose hash is known. */
  readonly placeIn: (text: Text, start: number, end: number, hash: number) => number;
}

/**
 * The label values that observations are counted under. One combination of them is a group, which is a number: nobody outside
 * can make another one. Without lists, it is the place of the environment in ENVIRONMENTS.
 */
export class Labels {
  readonly environments: readonly string[];
  /** Those that are on. */
  readonly listed: readonly Label[];
  /** How many combinations there are. */
  readonly groups: number;
  /** How many of them an environment has. */
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

  /** The place of an environment in ENVIRONMENTS, or -1. */
  environment(name: unknown): number {
    return this.places.get(name) ?? -1;
  }

  /**
   * The group of some label values, of which those that are off are ignored.
   *
   * @param environment a place in ENVIRONMENTS
   * @param method in any case
   * @param route a template of the list, a path or a URL
   */
  groupOf(environment: number, service?: string, method?: string, route?: string): number {
    let group = environment * this.perEnvironment;
    if (this.listed.length === 0) return group;
    const values = { service, method, route };
    for (const { name, step, placeOf } of this.listed) group += step * placeOf(values[name]);
    return group;
  }

  /** The label values of a group, `env` among them. */
  valuesOf(group: number): { env: string } & Partial<Record<ListedLabel, string>> {
    const env = this.environments[Math.floor(group / this.perEnvironment)] ?? ''; // there is none below 0
    const values = this.listed.map((label) => [label.name, label.values[placeIn(group, label)]]);
    return { env, ...Object.fromEntries(values) };
  }

  /** A bit for each of `listed`, the lowest for the first: whether it is `other` in a group. */
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

/** How the values of a label are found in its list, whose last is `other`. */
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
