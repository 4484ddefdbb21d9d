import { AsyncLocalStorage } from 'node:async_hooks';

/** What the trail took down while one mutation ran. */
export interface AuditNotes {
  readonly requestId: string;
  /** Entries appended so far. */
  written: number;
}

const running = new AsyncLocalStorage<AuditNotes>();

/**
 * Runs a mutation so that {@link currentAuditNotes} finds its notes wherever the entry is appended. Kept beside the call instead of
 * in arguments: an argument could be forgotten on the way down, and that is what the notes are there to notice.
 */
export function withAuditNotes<T>(notes: AuditNotes, work: () => T): T {
  return running.run(notes, work);
}

/** The notes of the mutation that runs, if one does. */
export function currentAuditNotes(): AuditNotes | undefined {
  return running.getStore();
}
