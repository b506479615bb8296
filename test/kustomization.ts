// The fields of a kustomization.yaml, and of the objects that it puts together, as far as deploy/kubernetes uses them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const texts = z.record(z.string(), z.string());

/** What every object of Kubernetes has, beside what its kind has. */
export const resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), labels: texts.default({}) }),
  data: texts.optional(),
});

export type Resource = z.infer<typeof resource>;

/** An object that makes pods. */
export const workload = resource.extend({
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: texts }),
      spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })) }),
    }),
  }),
});

const operation = z.strictObject({ op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown() });

export type Operation = z.infer<typeof operation>;

const configMap = z.strictObject({
  name: z.string(),
  behavior: z.literal('merge').optional(),
  literals: z.array(z.string()).default([]),
  files: z.array(z.string()).default([]),
});

const image = z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string() });

const patch = z.strictObject({
  target: z.strictObject({ kind: z.string(), name: z.string() }),
  patch: z.string().transform((text) => z.array(operation).parse(parse(text))),
});

/** Strict, so that a field that the tests do not know fails them. */
const kustomization = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  generatorOptions: z.strictObject({ disableNameSuffixHash: z.literal(true), labels: texts }).optional(),
  configMapGenerator: z.array(configMap).default([]),
  labels: z.array(z.strictObject({ pairs: texts, includeTemplates: z.literal(true) })).default([]),
  images: z.array(image).default([]),
  patches: z.array(patch).default([]),
});

export type Kustomization = z.infer<typeof kustomization>;

export function readKustomization(folder: string): Kustomization {
  return kustomization.parse(parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')));
}
