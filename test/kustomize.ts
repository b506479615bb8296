// Puts the objects of a kustomization together as kustomize does, but for the hashes at the end of generated names.
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import {
  type Kustomization,
  type Operation,
  readKustomization,
  type Resource,
  resource,
  workload,
} from './kustomization.js';

/** The objects that `kubectl apply -k` of a folder sends, or would with more components, which are paths from there. */
export function assemble(folder: string, components: readonly string[] = []): Resource[] {
  const own = readKustomization(folder);
  return applied(folder, { ...own, components: [...own.components, ...components] }, []);
}

/** Adds to what is there what a kustomization brings, and changes all of it as that says. */
function applied(folder: string, own: Kustomization, before: readonly Resource[]): Resource[] {
  let all = [...before, ...own.resources.flatMap((path) => read(join(folder, path)))];
  for (const path of own.components) {
    const component = join(folder, path);
    all = applied(component, readKustomization(component), all);
  }
  all = generated(folder, own, all);
  for (const { target, patch } of own.patches) {
    all = changed(all, target, (found) => resource.parse(patch.reduce(patched, found)));
  }
  return all.map((found) => transformed(found, own));
}

function read(path: string): Resource[] {
  return statSync(path).isDirectory() ? assemble(path) : [resource.parse(parse(readFileSync(path, 'utf8')))];
}

function generated(folder: string, own: Kustomization, before: readonly Resource[]): Resource[] {
  let all = [...before];
  for (const { name, behavior, literals, files } of own.configMapGenerator) {
    const data = Object.fromEntries([
      ...literals.map((literal) => literal.split(/=(.*)/s, 2)),
      ...files.map((file) => [basename(file), readFileSync(join(folder, file), 'utf8')]),
    ]);
    if (behavior === 'merge') {
      all = changed(all, { kind: 'ConfigMap', name }, (map) => ({ ...map, data: { ...map.data, ...data } }));
    } else {
      const labels = own.generatorOptions?.labels ?? {};
      all.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data });
    }
  }
  return all;
}

/** Fails unless there is exactly one to change. */
function changed(
  all: readonly Resource[],
  { kind, name }: { kind: string; name: string },
  change: (found: Resource) => Resource,
): Resource[] {
  const found = all.filter((one) => one.kind === kind && one.metadata.name === name);
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`);
  return all.map((one) => (one === found[0] ? change(one) : one));
}

/** A copy in which one operation of a JSON patch (RFC 6902) has added or replaced a value. */
function patched(document: unknown, { op, path, value }: Operation): unknown {
  const put = (at: unknown, [key = '', ...rest]: string[]): unknown => {
    const entries = typeof at === 'object' && at !== null ? Object.entries(at) : [];
    const known = entries.some(([name]) => name === key);
    if (!known && (rest.length > 0 || op === 'replace')) throw new Error(`nothing is at ${path}`);
    if (!known) return Object.fromEntries([...entries, [key, value]]);
    const next = entries.map(([name, entry]: [string, unknown]) => {
      if (name !== key) return [name, entry] as const;
      return [name, rest.length > 0 ? put(entry, rest) : value] as const;
    });
    return Array.isArray(at) ? next.map(([, entry]) => entry) : Object.fromEntries(next);
  };
  return put(document, path.split('/').slice(1));
}

/** With its labels, namespace and images as the kustomization sets them. */
function transformed(found: Resource, { labels, namespace, images }: Kustomization): Resource {
  const pairs = Object.assign({}, ...labels.map((entry) => entry.pairs));
  const metadata = { ...found.metadata, labels: { ...found.metadata.labels, ...pairs } };
  if (namespace !== undefined && found.kind !== 'Namespace') metadata.namespace = namespace;
  const { data } = workload.safeParse(found);
  if (!data) return { ...found, metadata };
  const { template } = data.spec;
  Object.assign(template.metadata.labels, pairs);
  for (const container of template.spec.containers) {
    for (const { name, newName = name, newTag } of images) {
      if (container.image.split(':')[0] === name) container.image = `${newName}:${newTag}`;
    }
  }
  return { ...data, metadata };
}
