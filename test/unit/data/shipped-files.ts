import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const dataFolder = new URL('../../../data/', import.meta.url);
const iri = z.string().regex(/^[a-z][a-z0-9+.-]*:\S+$/);

const concept = z.strictObject({
  iri,
  scheme: z.enum(['MESH', 'DOID', 'SNOMEDCT', 'UBERON', 'LOCAL']),
  code: z.string().min(1),
  label: z.string().min(1),
  synonyms: z.array(z.string().min(1)),
  broader: z.array(iri),
  exactMatch: z.array(iri),
});
const modality = z.strictObject({
  code: z.string().regex(/^[A-Z0-9_]+$/),
  label: z.string().min(1),
  scheme: z.enum(['DICOM', 'MIA']),
  iri: iri.optional(),
  synonyms: z.array(z.string().min(1)),
  broader: z.string().optional(),
});
const license = z.strictObject({
  spdxId: z.string().min(1).optional(),
  iri,
  label: z.string().min(1),
  aliases: z.array(z.string().min(1)),
});

export type Concept = z.infer<typeof concept>;
export type Modality = z.infer<typeof modality>;
export type License = z.infer<typeof license>;

/** Bytes of a file below `data/`. */
export function readShipped(path: string): Buffer {
  return readFileSync(new URL(path, dataFolder));
}

function readYaml(path: string): unknown {
  return parse(readShipped(path).toString('utf8'));
}

export const concepts: readonly Concept[] = z.array(concept).parse(readYaml('vocabulary/concepts.yaml'));
export const modalities: readonly Modality[] = z.array(modality).parse(readYaml('vocabulary/modalities.yaml'));
export const licenses: readonly License[] = z.array(license).parse(readYaml('vocabulary/licenses.yaml'));

/** The record files, by name without `.yaml`, as parsed YAML and not yet validated. */
export const recordFiles: ReadonlyMap<string, unknown> = new Map(
  readdirSync(new URL('datasets/', dataFolder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name): [string, unknown] => [name.slice(0, -'.yaml'.length), readYaml(`datasets/${name}`)]),
);

/** Values that occur more than once, compared without regard to case. */
export function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const value of values.map((each) => each.toLowerCase())) {
    if (seen.has(value)) twice.add(value);
    seen.add(value);
  }
  return [...twice];
}

/** Every key that can be reached from itself by following `next`. */
export function keysOnCycles(next: ReadonlyMap<string, readonly string[]>): string[] {
  return [...next.keys()].filter((start) => {
    const open = [...(next.get(start) ?? [])];
    const seen = new Set<string>();
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      if (key === start) return true;
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(...(next.get(key) ?? []));
    }
    return false;
  });
}
