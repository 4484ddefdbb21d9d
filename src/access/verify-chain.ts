import { genesisHash, hashEntry } from './hash-entry.ts';
import type { AuditTrail, StoredAuditEntry } from './ports.ts';

/** The first place where the trail is not what was written. */
export interface ChainBreak {
  readonly kind: 'CHANGED' | 'REMOVED' | 'REORDERED' | 'ADDED' | 'HEAD' | 'UNGUARDED';
  /** Sequence number of the entry, where one is to blame. */
  readonly sequence?: number;
  /** One sentence for the operator. */
  readonly message: string;
}

/** What a check of the whole trail found. */
export interface ChainReport {
  /** Entries that were found to be sound, from the first on. */
  readonly entries: number;
  /** Sequence and hash of the last of them: keep it elsewhere, and a later check can prove that nothing up to it was rewritten. */
  readonly head: { readonly sequence: number; readonly hash: string };
  readonly broken?: ChainBreak;
}

/**
 * Checks every entry of the trail: its own hash, the link to the one before, gaps, the end against the head row, and whether the
 * database still refuses changes.
 * @param expectedHead - hash of a head that was kept elsewhere; it must be the hash of an entry
 */
export async function verifyChain(trail: AuditTrail, expectedHead?: string): Promise<ChainReport> {
  return await trail.inspect(async ({ head, guarded, entries }) => {
    let last = { sequence: 0, hash: genesisHash };
    let expectedSeen = expectedHead === undefined || expectedHead === genesisHash;
    let broken: ChainBreak | undefined;
    for await (const entry of entries) {
      broken = faultOf(entry, last, head?.sequence ?? entry.sequence);
      if (broken !== undefined) break;
      last = { sequence: entry.sequence, hash: entry.hash };
      expectedSeen ||= entry.hash === expectedHead;
    }
    broken ??= endFault(last, head);
    if (broken === undefined && !expectedSeen)
      broken = {
        kind: 'HEAD',
        message: `No entry has the hash ${expectedHead ?? ''}: the trail was rewritten after that head was kept, or the hash is of another catalog.`,
      };
    if (broken === undefined && !guarded)
      broken = {
        kind: 'UNGUARDED',
        message:
          'The triggers that refuse changes of the trail are gone or off: somebody with rights over the database took them away.',
      };
    return { entries: last.sequence, head: last, ...(broken && { broken }) };
  });
}

interface Place {
  readonly sequence: number;
  readonly hash: string;
}

function faultOf(entry: StoredAuditEntry, last: Place, longest: number): ChainBreak | undefined {
  const { sequence } = entry;
  const due = last.sequence + 1;
  const own = hashEntry(entry) === entry.hash;
  const linked = entry.previousHash === last.hash;
  if (sequence !== due) return { kind: 'REMOVED', sequence: due, message: `${missing(due, sequence - 1)} removed.` };
  if (own && linked) return undefined;
  if (own && last.sequence > 0)
    return {
      kind: 'CHANGED',
      sequence: last.sequence,
      message: `Entry ${last.sequence} was changed and hashed anew: entry ${sequence} followed another one.`,
    };
  const written = linked ? undefined : placeWritten(entry, longest);
  if (written !== undefined)
    return {
      kind: 'REORDERED',
      sequence,
      message: `Entries were reordered: the one at place ${sequence} was written as entry ${written}.`,
    };
  return { kind: 'CHANGED', sequence, message: `Entry ${sequence} was changed: its content does not fit its hash.` };
}

/** The place an entry was written at, if moving it there makes it fit its hash. Tried out once, at the first fault. */
function placeWritten(entry: StoredAuditEntry, longest: number): number | undefined {
  for (let sequence = 1; sequence <= longest; sequence++)
    if (hashEntry({ ...entry, sequence }) === entry.hash) return sequence;
  return undefined;
}

function endFault(last: Place, head: Place | undefined): ChainBreak | undefined {
  if (head === undefined)
    return { kind: 'HEAD', message: 'The head of the trail was removed: its end cannot be proven.' };
  if (head.sequence > last.sequence)
    return {
      kind: 'REMOVED',
      sequence: last.sequence + 1,
      message: `${missing(last.sequence + 1, head.sequence)} removed from the end.`,
    };
  if (head.sequence < last.sequence)
    return {
      kind: 'ADDED',
      sequence: head.sequence + 1,
      message: `Entries after ${head.sequence} are not in the head of the trail: they were added past it, or the head was changed.`,
    };
  if (head.hash === last.hash) return undefined;
  return {
    kind: 'CHANGED',
    sequence: last.sequence,
    message: `Entry ${last.sequence}, the last one, was changed and hashed anew: the head of the trail has another hash.`,
  };
}

function missing(first: number, last: number): string {
  return first === last ? `Entry ${first} was` : `Entries ${first} to ${last} were`;
}
