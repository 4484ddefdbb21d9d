import { InvalidInputError } from '../../kernel/errors.ts';
import type { ChoiceTest, DateTest, NumberTest, TermTest, TextTest, Where } from '../model/where.ts';
import { isStorable, type SqlParameters } from './sql-parameters.ts';

/** Turns the test of one field into a SQL condition. */
export type FieldCompiler<T> = (test: T, parameters: SqlParameters) => string;
/** A compiler for every field of a filter. */
export type FieldCompilers<Fields> = {
  readonly [F in Exclude<keyof Fields, 'and' | 'or' | 'not'>]-?: FieldCompiler<NonNullable<Fields[F]>>;
};

/**
 * A filter as one SQL condition. `not` is true where the inner condition is false or unknown, so that a row without a value does
 * not have that value.
 */
export function compileWhere<Fields extends object>(
  where: Where<Fields>,
  compilers: FieldCompilers<Fields>,
  parameters: SqlParameters,
): string {
  const conditions: string[] = [];
  for (const [name, test] of Object.entries(where) as [string, unknown][]) {
    if (test === undefined) continue;
    if (name === 'and' || name === 'or') {
      // The caller's types say that these three hold filters.
      const inner = (test as readonly Where<Fields>[]).map((part) => compileWhere(part, compilers, parameters));
      conditions.push(name === 'and' ? all(inner) : any(inner));
    } else if (name === 'not') {
      conditions.push(`(${compileWhere(test as Where<Fields>, compilers, parameters)}) IS NOT TRUE`);
    } else {
      const compile = (compilers as Readonly<Record<string, FieldCompiler<unknown> | undefined>>)[name];
      if (compile === undefined) throw new Error(`no SQL for the filter field ${name}`);
      conditions.push(compile(test, parameters));
    }
  }
  return all(conditions);
}

/** All conditions; TRUE when there is none. */
export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.map((condition) => `(${condition})`).join(' AND ');
}

/** At least one condition; FALSE when there is none. */
export function any(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'FALSE' : `(${conditions.map((condition) => `(${condition})`).join(' OR ')})`;
}

/** Tests on one text expression, or on several of which one must pass each test. */
export function textField(...expressions: readonly string[]): FieldCompiler<TextTest> {
  return (test, parameters) => {
    if (![test.eq ?? '', test.contains ?? ''].every(isStorable)) return any([]);
    const conditions: string[] = [];
    if (test.eq !== undefined) conditions.push(onAny(expressions, `= ${parameters.add(test.eq, 'text')}`));
    if (test.in !== undefined)
      conditions.push(onAny(expressions, `= ANY(${parameters.add(test.in.filter(isStorable), 'text[]')})`));
    if (test.contains !== undefined) {
      const needle = parameters.add(test.contains, 'text');
      conditions.push(any(expressions.map((expression) => `strpos(lower(${expression}), lower(${needle})) > 0`)));
    }
    return all(conditions);
  };
}

/** Tests on one number expression. */
export function numberField(expression: string | ((parameters: SqlParameters) => string)): FieldCompiler<NumberTest> {
  // Written per comparison: a value that no comparison uses would be a placeholder too many.
  return (test, parameters) =>
    comparisons(test, (operator, operand) => {
      const value = typeof expression === 'string' ? expression : expression(parameters);
      return `${value} ${operator} ${parameters.add(operand, 'double precision')}`;
    });
}

/**
 * Tests on one date expression.
 * @throws InvalidInputError for a day of the year 0, which SQL does not have
 */
export function dateField(expression: string): FieldCompiler<DateTest> {
  return (test, parameters) =>
    comparisons(test, (operator, operand) => {
      if (operand < '0001')
        throw new InvalidInputError('A day to compare with must be from 0001-01-01 on.', { fields: ['date'] });
      return `${expression} ${operator} ${parameters.add(operand, 'date')}`;
    });
}

/** A test for true or false. */
export function booleanField(expression: string): FieldCompiler<boolean> {
  return (test) => (test ? expression : `(${expression}) IS NOT TRUE`);
}

/** Tests on a column of a closed list. */
export function choiceField<T extends string>(expression: string): FieldCompiler<ChoiceTest<T>> {
  return (test, parameters) =>
    textField(expression)(
      { ...(test.eq !== undefined && { eq: test.eq }), ...(test.in !== undefined && { in: test.in }) },
      parameters,
    );
}

/** A text test on rows that hang on the outer row: at least one of them passes. An empty test needs no row. */
export function existsField(
  from: string | ((parameters: SqlParameters) => string),
  ...expressions: readonly string[]
): FieldCompiler<TextTest> {
  return (test, parameters) =>
    Object.values(test).every((value) => value === undefined)
      ? all([])
      : `EXISTS (SELECT 1 FROM ${typeof from === 'string' ? from : from(parameters)} AND ${textField(...expressions)(test, parameters)})`;
}

/**
 * Tests on terms.
 * @param resolve - keys of the terms a name stands for, narrower ones included where asked
 * @param has - the condition that the outer row has one of some keys
 */
export function termField(
  resolve: (name: string, includeNarrower: boolean) => readonly string[],
  has: (keys: string) => string,
  type: string,
): FieldCompiler<TermTest> {
  return (test, parameters) => {
    const includeNarrower = test.includeNarrower ?? true;
    const hasOneOf = (names: readonly string[]): string =>
      has(
        parameters.add(
          names.flatMap((name) => resolve(name, includeNarrower)),
          type,
        ),
      );
    const conditions: string[] = [];
    if (test.anyOf !== undefined) conditions.push(hasOneOf(test.anyOf));
    if (test.allOf !== undefined) conditions.push(...test.allOf.map((name) => hasOneOf([name])));
    return all(conditions);
  };
}

function onAny(expressions: readonly string[], test: string): string {
  return any(expressions.map((expression) => `${expression} ${test}`));
}

function comparisons<T>(
  test: { readonly eq?: T; readonly gte?: T; readonly lte?: T },
  compare: (operator: string, operand: T) => string,
): string {
  const conditions: string[] = [];
  if (test.eq !== undefined) conditions.push(compare('=', test.eq));
  if (test.gte !== undefined) conditions.push(compare('>=', test.gte));
  if (test.lte !== undefined) conditions.push(compare('<=', test.lte));
  return all(conditions);
}
