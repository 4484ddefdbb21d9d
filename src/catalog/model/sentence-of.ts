import type { z } from 'zod';

/** Most faults one sentence lists. */
const listed = 5;

/** What is wrong with a record, for the person who has to mend it: where, and what. */
export function sentenceOf(error: z.ZodError): string {
  const faults = error.issues
    .slice(0, listed)
    .map((issue) => `${issue.path.length === 0 ? 'record' : issue.path.join('.')}: ${issue.message}`);
  const more = error.issues.length - faults.length;
  return faults.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
