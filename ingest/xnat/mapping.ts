import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';

const slug = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case letters and digits, joined by single hyphens');

const mappingSchema = z.strictObject({
  /** Project id → the slug of the dataset it feeds. */
  projects: z.record(z.string().min(1), slug).default({}),
  /** Projects that are not mirrored. */
  ignore: z.array(z.string().min(1)).default([]),
  /** When given, no other projects are mirrored. */
  only: z.array(z.string().min(1)).optional(),
});

/** Which project feeds which dataset. */
export type ProjectMapping = z.infer<typeof mappingSchema>;

/**
 * Reads a mapping file (YAML or JSON).
 * @throws InvalidInputError that names the file and what is wrong in it
 */
export function readMapping(file: string): ProjectMapping {
  try {
    return mappingSchema.parse(parse(readFileSync(file, 'utf8')) ?? {});
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new InvalidInputError(`The mapping ${file} cannot be used: ${reason}`, { fields: ['mapping'] }, { cause });
  }
}

/** Whether a project is mirrored at all. */
export function isMirrored(mapping: ProjectMapping, project: string): boolean {
  return !mapping.ignore.includes(project) && (mapping.only?.includes(project) ?? true);
}

/** The dataset that a project feeds by the mapping. A project may be called `constructor`: only names that were written count. */
export function slugOf(mapping: ProjectMapping, project: string): string | undefined {
  return Object.hasOwn(mapping.projects, project) ? mapping.projects[project] : undefined;
}
