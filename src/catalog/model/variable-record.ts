import { z } from 'zod';
import { naturalId } from '../../kernel/ids.ts';
import type { ValueTree } from './row-tree.ts';
import { isStorable, isStorableJson } from './storable-text.ts';
import { type VariableType, variableTypes } from './terms.ts';

const notStorable = 'must be well-formed text without U+0000';
const storable = z.string().refine(isStorable, notStorable).trim();
const shortText = storable.min(1).max(500);

/** A variable as a source defines it. */
export const variableRecordSchema = z.strictObject({
  /** Unique within the dataset. */
  name: shortText,
  label: shortText.optional(),
  description: storable.min(1).max(20_000).optional(),
  /** UCUM where known. */
  unit: shortText.optional(),
  type: z.enum(variableTypes),
  /** Smallest and largest number allowed. They are public with the record: not for what was seen in the rows. */
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  missingCodes: z.array(storable.max(200)).max(100).default([]),
  /** Code → label. */
  categories: z.record(z.string(), shortText).refine(isStorableJson, notStorable).optional(),
  /** Label → the concept it stands for, by any of its names. */
  categoryConcepts: z.record(z.string(), shortText).refine(isStorableJson, notStorable).optional(),
  /** What the variable measures, by any of its names. */
  concept: shortText.optional(),
  /** Whether it is recorded at each session anew, rather than once of a subject. */
  perSession: z.boolean().optional(),
});

/** A validated variable of one source. */
export type VariableRecord = z.infer<typeof variableRecordSchema>;

/** What intake knows of a stored variable. */
export interface VariableHead {
  readonly id: string;
  readonly name: string;
  readonly type: VariableType;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly missingCodes: readonly string[];
  /** Code → label. */
  readonly categories?: Readonly<Record<string, string>>;
  /** Whether its values are of sessions rather than of subjects. */
  readonly perSession: boolean;
  readonly sourceId: number;
  /** Name of the source that defines it. */
  readonly source: string;
  readonly rank: number;
}

/** The id of the variable of this name. */
export function variableIdOf(datasetId: string, name: string): string {
  return naturalId('variable', datasetId, name);
}

/** What is wrong with a value of a variable of this type, if anything. */
export function faultOfValue(type: VariableType, value: ValueTree): string | undefined {
  if (value.missing) return undefined;
  switch (type) {
    case 'INTEGER':
      return Number.isInteger(value.number) ? undefined : 'is not a whole number';
    case 'DECIMAL':
      return value.number === undefined ? 'is not a number' : undefined;
    case 'CATEGORICAL':
      return value.label === undefined ? 'is not one of the categories' : undefined;
    case 'BOOLEAN':
      return value.label === 'true' || value.label === 'false' ? undefined : 'is neither true nor false';
    case 'DATE':
      return z.iso.date().safeParse(value.label).success ? undefined : 'is not a day';
    case 'TEXT':
      return undefined;
  }
}
