import { isStorable } from '../catalog/index.ts';
import { checkParameters } from './check-parameters.ts';
import type { ParameterValue, PipelineSpec } from './model.ts';
import type { LaunchReason, PipelineRun } from './run-model.ts';

/**
 * Parameters of a run as they are handed to its pipeline, defaults included, and what stands against them: misfits, texts that cannot be
 * stored, and names of variables that the input has not.
 * @param variables - names of the variables of the input dataset
 */
export function checkLaunchParameters(
  spec: PipelineSpec,
  given: Readonly<Record<string, unknown>>,
  variables: ReadonlySet<string>,
): { readonly parameters: PipelineRun['parameters']; readonly reasons: readonly LaunchReason[] } {
  // Null is the same as absent, as everywhere in the API.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const { values, misfits } = checkParameters(spec, set);
  const reasons: LaunchReason[] = [...misfits];
  for (const { name, kind } of spec.parameters) {
    const texts = textsOf(values[name]);
    if (!texts.every(isStorable))
      reasons.push({
        code: 'PARAMETER_INVALID',
        message: `${name} has a character that is none (U+0000, half a pair).`,
      });
    if (kind !== 'variable' && kind !== 'variables') continue;
    const missing = texts.filter((text) => !variables.has(text)).slice(0, 5);
    if (missing.length > 0)
      reasons.push({
        code: 'VARIABLE_MISSING',
        message: `${name}: the dataset has no variable ${missing.map((text) => JSON.stringify(text.slice(0, 80))).join(', ')}.`,
      });
  }
  return { parameters: values, reasons };
}

function textsOf(value: ParameterValue | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : typeof value === 'object' ? value : [];
}
