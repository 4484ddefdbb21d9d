import type { Dataset, License } from '../../src/catalog/index.ts';
import { ForbiddenError } from '../../src/kernel/errors.ts';

/**
 * Public licences that let everybody pass copies on, some under conditions (name the source, no commerce, unchanged). What is not
 * named here, agreements with the holder and no licence at all among it, gives no such right.
 */
const passOn =
  /^(?:CC0|CC-BY(?:-NC)?(?:-SA|-ND)?|PDDL|ODC-By|ODbL|CDLA-Permissive)-\d+\.\d+$|^(?:MIT|Apache-2\.0|BSD-[23]-Clause)$/;

/** Whether a licence lets its holder pass copies on. */
export function letsPassOn(license: License | undefined): boolean {
  return license?.spdxId !== undefined && passOn.test(license.spdxId);
}

/**
 * Refuses to copy a dataset nobody may pass on.
 * @param mayRedistribute - the operator says that they hold that right by other means
 * @throws ForbiddenError for a restricted dataset always; for one without a licence that gives the right, unless the operator has it
 */
export function requireCopyRight(dataset: Dataset, license: License | undefined, mayRedistribute: boolean): void {
  const { slug, accessClass, accessNote } = dataset;
  if (accessClass === 'RESTRICTED') {
    throw new ForbiddenError(
      `${slug} is restricted: this catalog describes it and never copies it. ${accessNote ?? 'Ask its holder for access.'}`,
      { dataset: slug, accessClass },
    );
  }
  if (letsPassOn(license) || mayRedistribute) return;
  const terms = license === undefined ? 'has no licence' : `is under "${license.label}"`;
  throw new ForbiddenError(
    `${slug} ${terms}, which does not say that copies may be passed on. If you hold that right, say so with --i-may-redistribute.`,
    { dataset: slug, license: license?.spdxId ?? license?.label },
  );
}
