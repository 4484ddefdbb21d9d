import type { ParameterSpec, ParameterValue, PipelineSpec } from './model.ts';

/** Unknown names that are told of: each costs a sentence with all that are known. */
const mostUnknown = 10;

/** Why a set of parameters is refused. */
export interface ParameterMisfit {
  readonly code: 'PARAMETER_UNKNOWN' | 'PARAMETER_MISSING' | 'PARAMETER_INVALID';
  /** What, where and how to mend it. */
  readonly message: string;
}

/** Parameters of a run, with defaults filled in, and what is wrong with them. */
export interface CheckedParameters {
  /** What `params.json` holds. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly misfits: readonly ParameterMisfit[];
}

/**
 * Checks what a caller gave against what a pipeline takes.
 * @param given - by name; a member that is undefined was not given
 */
export function checkParameters(
  spec: Pick<PipelineSpec, 'parameters' | 'reference'>,
  given: Readonly<Record<string, unknown>>,
): CheckedParameters {
  const known = new Map(spec.parameters.map((one) => [one.name, one]));
  const misfits: ParameterMisfit[] = Object.keys(given)
    .filter((name) => !known.has(name))
    .slice(0, mostUnknown)
    .map((name) => ({
      code: 'PARAMETER_UNKNOWN',
      message: `${spec.reference} has no parameter ${JSON.stringify(name.slice(0, 100))}; it takes ${[...known.keys()].join(', ')}.`,
    }));
  const values: [string, ParameterValue][] = [];
  for (const parameter of spec.parameters) {
    const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
    if (value === undefined) {
      if (parameter.required) misfits.push({ code: 'PARAMETER_MISSING', message: `${parameter.name} must be given.` });
      else if (parameter.default !== undefined) values.push([parameter.name, parameter.default]);
      continue;
    }
    const fault = parameterFault(parameter, value);
    if (fault !== undefined) misfits.push({ code: 'PARAMETER_INVALID', message: `${parameter.name} ${fault}.` });
    else if (isParameterValue(value)) values.push([parameter.name, value]);
  }
  return { values: Object.fromEntries(values), misfits };
}

/** What is wrong with one value, as the rest of a sentence; undefined when nothing is. */
export function parameterFault(parameter: ParameterSpec, value: unknown): string | undefined {
  switch (parameter.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'integer':
    case 'number':
      return numberFault(parameter, value);
    case 'variables':
      if (!Array.isArray(value) || value.length === 0 || value.length > 1_000)
        return 'must be a list of 1 to 1000 names of variables';
      return new Set(value).size < value.length ? 'has a name twice' : value.map(nameFault).find((fault) => fault);
    case 'variable':
      return nameFault(value);
    case 'string':
      return textFault(parameter, value);
  }
}

function numberFault({ kind, minimum, maximum }: ParameterSpec, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (kind === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  return maximum !== undefined && value > maximum ? `must be at most ${maximum}` : undefined;
}

function textFault({ values }: ParameterSpec, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 10_000) return 'must be a text of at most 10,000 characters';
  return values !== undefined && !values.includes(value) ? `must be one of ${values.join(', ')}` : undefined;
}

function nameFault(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 200
    ? undefined
    : 'must be the name of a variable, 1 to 200 characters';
}

function isParameterValue(value: unknown): value is ParameterValue {
  return (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}
