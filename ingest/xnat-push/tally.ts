import type { StoredFile } from '../../src/xnat/index.ts';
import type { ItemKind, ItemStep } from './plan-subject.ts';

/** What was not pushed, or not found as it was pushed, and why. */
export interface PushRejection {
  readonly sourceId: string;
  readonly error: string;
}

/** Items of one kind. */
export interface ItemCounts {
  created: number;
  updated: number;
  unchanged: number;
}

/** Files, by what became of them; `byteSize` of all that are there now. */
export interface FileCounts {
  stored: number;
  replaced: number;
  unchanged: number;
  byteSize: number;
}

/** Counts of what was done. */
export class Tally {
  readonly items: Readonly<Record<ItemKind, ItemCounts>> = {
    subjects: { created: 0, updated: 0, unchanged: 0 },
    sessions: { created: 0, updated: 0, unchanged: 0 },
    scans: { created: 0, updated: 0, unchanged: 0 },
  };
  readonly files: FileCounts = { stored: 0, replaced: 0, unchanged: 0, byteSize: 0 };
  readonly rejected: PushRejection[] = [];

  /** Notes an item that is as it shall be. */
  item(kind: ItemKind, state: Exclude<ItemStep['state'], 'refused'>): void {
    this.items[kind][state] += 1;
  }

  /** Notes a file that is there. */
  file(state: StoredFile['state'], byteSize: number): void {
    this.files[state] += 1;
    this.files.byteSize += byteSize;
  }

  /** Notes what was not done. */
  reject(sourceId: string, error: string): void {
    this.rejected.push({ sourceId, error });
  }

  /** Items and files by what became of them. */
  sums(): { readonly added: number; readonly changed: number; readonly unchanged: number } {
    const { items, files } = this;
    const sum = (state: keyof ItemCounts): number => items.subjects[state] + items.sessions[state] + items.scans[state];
    return {
      added: sum('created') + files.stored,
      changed: sum('updated') + files.replaced,
      unchanged: sum('unchanged') + files.unchanged,
    };
  }
}
