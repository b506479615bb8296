// What `npm sbom` says of all that is installed → what of it the built files have in them.
import * as z from 'zod';

const bill = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string(), name: z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

const references = z.array(z.string());

export type Bill = z.infer<typeof bill>;

/**
 * `npm sbom --omit=dev` would leave out every package that a development dependency uses too, and keep those of which the
 * bundle took nothing. npm also calls the whole after its directory.
 *
 * @param everything what `npm sbom` printed, in CycloneDX JSON
 * @param bundled a JSON array of what is in the built files, such as `express@5.3.0`
 * @throws if one of these is not installed
 */
export function billOf(everything: string, bundled: string): Bill {
  const all = bill.parse(JSON.parse(everything));
  const wanted = new Set(references.parse(JSON.parse(bundled)));
  const whole = all.metadata.component;
  const components = all.components.filter((component) => wanted.has(component['bom-ref']));
  if (components.length < wanted.size) {
    const found = new Set(components.map((component) => component['bom-ref']));
    throw new Error(`not installed: ${[...wanted].filter((id) => !found.has(id)).join(', ')}`);
  }
  return {
    ...all,
    metadata: { ...all.metadata, component: { ...whole, name: whole['bom-ref'].replace(/@[^@]*$/, '') } },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => ref === whole['bom-ref'] || wanted.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((id) => wanted.has(id)) })),
  };
}
