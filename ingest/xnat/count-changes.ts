import type { HarvestReport, ItemChanges } from '../../src/harvest/index.ts';
import { canonicalJson } from '../../src/kernel/canonical-json.ts';
import type { ItemDetail, SessionDetail } from './item-detail.ts';

type Kind = keyof HarvestReport['items'];
type Counts = Record<'added' | 'changed' | 'removed', number>;

const nothing = (): Counts => ({ added: 0, changed: 0, removed: 0 });

/** Counts what a run changed, by kind of item and in all. */
export class ChangeCounter {
  readonly #items: Record<Kind, Counts> = {
    subjects: nothing(),
    sessions: nothing(),
    scans: nothing(),
    assessors: nothing(),
  };
  readonly #leaves = nothing();

  /**
   * One item as it was and as it is now. Scans count one by one; of an item that holds others, only a change of its own values counts in
   * all.
   * @param hasChildren - a subject with sessions: its coming and going is that of its scans
   */
  count(before: ItemDetail | undefined, after: ItemDetail | undefined, hasChildren = false): void {
    const detail = after ?? before;
    if (detail === undefined) return;
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : undefined;
    const kind = kindOf(detail);
    if (detail.type === 'session') this.#scans(sessionOf(before), sessionOf(after));
    if (change !== undefined) {
      this.#items[kind][change] += 1;
      const holds = hasChildren || (detail.type === 'session' && detail.scans.length > 0);
      if (!holds) this.#leaves[change] += 1;
    } else if (ownValues(before) !== ownValues(after)) {
      this.#items[kind].changed += 1;
      this.#leaves.changed += 1;
    }
  }

  /** Counts in all. */
  get leaves(): ItemChanges {
    return this.#leaves;
  }

  get items(): HarvestReport['items'] {
    return this.#items;
  }

  #scans(before: SessionDetail | undefined, after: SessionDetail | undefined): void {
    const old = new Map((before?.scans ?? []).map((scan) => [scan.id, canonicalJson(scan)]));
    const add = (change: keyof Counts): void => {
      this.#items.scans[change] += 1;
      this.#leaves[change] += 1;
    };
    for (const scan of after?.scans ?? []) {
      const was = old.get(scan.id);
      old.delete(scan.id);
      if (was === undefined) add('added');
      else if (was !== canonicalJson(scan)) add('changed');
    }
    for (const _ of old.keys()) add('removed');
  }
}

function sessionOf(detail: ItemDetail | undefined): SessionDetail | undefined {
  return detail?.type === 'session' ? detail : undefined;
}

function kindOf(detail: ItemDetail): Kind {
  return detail.type === 'subject' ? 'subjects' : detail.type === 'session' ? 'sessions' : 'assessors';
}

function ownValues(detail: ItemDetail | undefined): string {
  return canonicalJson(detail?.type === 'session' ? { ...detail, scans: [] } : detail);
}
