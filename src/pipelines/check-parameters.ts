import type { ParameterSpec, ParameterValue } from './model.ts';
import type { LaunchReason, PipelineRun } from './run-model.ts';

/** Longest text, and most names, that one parameter takes. */
const longestText = 10_000;
const mostNames = 10_000;

/**
 * Parameters as they are handed to a pipeline, defaults included, or why not.
 * @param variables - names of the variables of the input dataset
 */
export function checkParameters(
  specs: readonly ParameterSpec[],
  given: Readonly<Record<string, unknown>>,
  variables: ReadonlySet<string>,
): { readonly parameters: PipelineRun['parameters']; readonly reasons: readonly LaunchReason[] } {
  const reasons: LaunchReason[] = [];
  const parameters = new Map<string, ParameterValue>();
  for (const name of Object.keys(given))
    if (!specs.some((spec) => spec.name === name))
      reasons.push(
        invalid(
          name,
          `is no parameter of this pipeline: it takes ${specs.map((spec) => spec.name).join(', ') || 'none'}`,
        ),
      );
  for (const spec of specs) {
    const value = Object.hasOwn(given, spec.name) ? given[spec.name] : spec.default;
    if (value === undefined || value === null) {
      if (spec.required) reasons.push(invalid(spec.name, `is required: ${spec.description}`));
      continue;
    }
    const fault = faultOf(spec, value, variables);
    if (fault !== undefined) reasons.push(fault);
    else if (isValue(value)) parameters.set(spec.name, value);
  }
  return { parameters: Object.fromEntries(parameters), reasons };
}

function faultOf(spec: ParameterSpec, value: unknown, variables: ReadonlySet<string>): LaunchReason | undefined {
  const kind = faultOfKind(spec, value);
  if (kind !== undefined) return invalid(spec.name, kind);
  const texts = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  const names =
    spec.kind === 'variable' && typeof value === 'string' ? [value] : spec.kind === 'variables' ? texts : [];
  const missing = names.filter((name) => !variables.has(name));
  if (missing.length > 0)
    return {
      code: 'VARIABLE_MISSING',
      message: `${spec.name}: the dataset has no variable ${missing
        .slice(0, 5)
        .map((name) => `"${name.slice(0, 80)}"`)
        .join(', ')}.`,
    };
  return undefined;
}

function faultOfKind({ kind, values, minimum, maximum }: ParameterSpec, value: unknown): string | undefined {
  switch (kind) {
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (kind === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number';
      if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
      if (maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
      return undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'variables':
      if (!Array.isArray(value) || !value.every(isText)) return 'must be a list of names of variables';
      return value.length > mostNames ? `must have at most ${mostNames} names` : undefined;
    case 'string':
    case 'variable':
      if (!isText(value)) return 'must be a text';
      return values === undefined || values.includes(value) ? undefined : `must be one of ${values.join(', ')}`;
  }
}

/** A text that can be stored and handed on: no NUL, no half of a surrogate pair, not endless. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestText && !value.includes('\0') && value.isWellFormed();
}

function isValue(value: unknown): value is ParameterValue {
  return (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every(isText))
  );
}

function invalid(name: string, fault: string): LaunchReason {
  return { code: 'PARAMETER_INVALID', message: `${name.slice(0, 80)}: ${fault}.` };
}
