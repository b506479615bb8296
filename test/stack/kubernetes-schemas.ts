// Checks objects against the schemas of Kubernetes and of the Prometheus operator that kubernetes-models comes with.
import { join } from 'node:path';
import ts from 'typescript';
import { z } from 'zod';
import { ROOT } from '../process.js';
import type { Resource } from './kubernetes.js';

type Model = new (values: object) => { validate(): void };

const models = z.record(
  z.string(),
  z.custom<Model>((value) => typeof value === 'function'),
);

function modulePath({ apiVersion, kind }: Resource): string {
  const operator = apiVersion.startsWith('monitoring.coreos.com/');
  return `${operator ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** What is wrong with their values by the schemas, which let unknown fields pass. */
export async function wrongValues(resources: readonly Resource[]): Promise<string[]> {
  const problems = resources.map(async (resource) => {
    const Model = models.parse(await import(modulePath(resource)))[resource.kind];
    try {
      if (!Model) return [`${resource.kind} is not known`];
      new Model(resource).validate();
      return [];
    } catch (error) {
      return [`${resource.kind} ${resource.metadata.name}: ${String(error)}`];
    }
  });
  return (await Promise.all(problems)).flat();
}

/** What TypeScript finds wrong with them as literals of the schemas' types, unknown fields among it. */
export function wrongFields(resources: readonly Resource[]): string[] {
  const path = join(ROOT, 'test/objects.ts');
  const text = resources
    .map(
      (resource, index) =>
        `import type { I${resource.kind} as Kind${index} } from '${modulePath(resource)}';\n` +
        `export const object${index}: Kind${index} = ${JSON.stringify(resource, null, 2)};\n`,
    )
    .join('');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const sourceOf = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : sourceOf(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
