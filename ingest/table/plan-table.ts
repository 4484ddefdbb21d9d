import type { VariableRecord } from '../../src/catalog/index.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import type { FieldMapping, Mapping, VariableMapping } from './mapping.ts';

const subjectFields = ['sex', 'ageYears', 'diagnosis', 'group', 'site'] as const;

/** A field of the subject and where it comes from. */
export interface PlannedField extends FieldMapping {
  readonly field: (typeof subjectFields)[number];
  readonly index: number;
}

/** A variable and the column its values come from. */
export interface PlannedVariable {
  readonly column: string;
  readonly index: number;
  readonly mapping: VariableMapping;
  readonly name: string;
  readonly missingCodes: readonly string[];
}

/** A mapping laid over the columns of a file. */
export interface TablePlan {
  readonly mapping: Mapping;
  readonly columns: readonly string[];
  readonly idIndex: number;
  readonly fields: readonly PlannedField[];
  readonly variables: readonly PlannedVariable[];
  /** Columns that the mapping neither uses nor skips. */
  readonly unmapped: readonly string[];
}

/**
 * Finds the columns a mapping speaks of in a header, whatever the case of their letters.
 * @throws InvalidInputError when one is not there, or two variables have one name
 */
export function planTable(mapping: Mapping, columns: readonly string[]): TablePlan {
  const absent = new Set<string>();
  const used = new Set<number>();
  const find = (column: string): number => {
    const wanted = column.trim().replaceAll(/\s+/g, ' ');
    const exact = columns.indexOf(wanted);
    const index = exact >= 0 ? exact : columns.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
    if (index < 0) absent.add(column);
    used.add(index);
    return index;
  };
  const { id, ...fields } = mapping.subject;
  const plan = {
    idIndex: find(id.column),
    fields: subjectFields.flatMap((field): PlannedField[] => {
      const source = fields[field];
      return source === undefined ? [] : [{ ...source, field, index: find(source.column) }];
    }),
    variables: Object.entries(mapping.variables).map(([column, variable]) => ({
      column,
      index: find(column),
      mapping: variable,
      name: variable.name ?? column,
      missingCodes: [...new Set([...mapping.missingCodes, ...(variable.missingCodes ?? [])])],
    })),
  };
  if (absent.size > 0) {
    throw new InvalidInputError(
      `The table has no column ${[...absent].map((name) => `"${name}"`).join(', ')}. Its columns: ${columns.join(', ')}.`,
      { absent: [...absent] },
    );
  }
  const twice = plan.variables.find(
    ({ name }, index) => plan.variables.findIndex((other) => other.name === name) < index,
  );
  if (twice !== undefined)
    throw new InvalidInputError(`Two columns become the variable "${twice.name}": name them apart.`);
  const skipped = new Set(mapping.skip);
  const unmapped = columns.filter((name, index) => !used.has(index) && !skipped.has(name));
  return { mapping, columns, ...plan, unmapped };
}

/** The variables of a plan as the catalog defines them. */
export function variableRecords(plan: TablePlan): VariableRecord[] {
  return plan.variables.map(({ name, mapping, missingCodes }) => {
    const categories = Object.entries(mapping.categories ?? {});
    const concepts = categories.flatMap(([, category]) =>
      category.concept !== undefined ? [[category.label, category.concept] as const] : [],
    );
    return {
      name,
      type: mapping.type,
      missingCodes: [...missingCodes],
      ...(mapping.label !== undefined && { label: mapping.label }),
      ...(mapping.description !== undefined && { description: mapping.description }),
      ...(mapping.unit !== undefined && { unit: mapping.unit }),
      ...(mapping.min !== undefined && { minimum: mapping.min }),
      ...(mapping.max !== undefined && { maximum: mapping.max }),
      ...(categories.length > 0 && {
        categories: Object.fromEntries(categories.map(([code, category]) => [code, category.label])),
      }),
      ...(concepts.length > 0 && { categoryConcepts: Object.fromEntries(concepts) }),
      ...(mapping.concept !== undefined && { concept: mapping.concept }),
    };
  });
}
