import { InvalidInputError } from '../../src/kernel/errors.ts';
import type { FileProgress, LiteratureIntake, LiteratureItem } from '../../src/literature/index.ts';

/** What became of a source's items. */
export interface LiteratureTally {
  readonly accepted: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: number;
  /** Items that an earlier run of the same file had stored. */
  readonly passedOver: number;
  /** Those among them that it had rejected. */
  readonly rejectedBefore: number;
  /** The first rejections, to be shown; all are stored. */
  readonly rejections: readonly { readonly sourceId: string; readonly error: string }[];
}

/** Rejections that a tally keeps. */
const keptRejections = 20;
/** Most items of a batch, and most characters of their texts: what one transaction takes, and what is in memory. */
const batchItems = 1_000;
const batchCharacters = 8_000_000;

/** Where items go, and what they are of. */
export interface ItemTarget {
  readonly source: string;
  /** The file's identity, or the query: what the checkpoint is kept under. */
  readonly file: string;
  readonly intake: LiteratureIntake;
  readonly signal?: AbortSignal | undefined;
  /** Told how many items of the file are stored. */
  readonly onStored?: (items: number) => void;
}

/** A file whose items are taken in. */
export interface FileTarget extends ItemTarget {
  /** The file as a person is told. */
  readonly name: string;
}

/** Hands items to the intake in batches, each with the checkpoint after it, and counts what became of them. */
export class ItemTaker {
  readonly #target: ItemTarget;
  readonly #before: Pick<FileProgress, 'items' | 'rejected'>;
  #stored: number;
  #batch: LiteratureItem[] = [];
  #characters = 0;
  #cursor: string | undefined;
  #tally = { accepted: 0, unchanged: 0, deleted: 0, rejected: 0 };
  readonly #rejections: { readonly sourceId: string; readonly error: string }[] = [];

  /** @param before - how far an earlier run came that this one goes on with; undefined where it begins anew */
  constructor(target: ItemTarget, before: FileProgress | undefined) {
    this.#target = target;
    this.#before = before ?? { items: 0, rejected: 0 };
    this.#stored = this.#before.items;
  }

  /** Adds an item, and stores the batch when it is full. */
  async add(item: LiteratureItem): Promise<void> {
    this.#batch.push(item);
    this.#characters += item.kind === 'article' ? lengthOf(item.article) : 100;
    if (this.#batch.length >= batchItems || this.#characters >= batchCharacters) await this.flush({ complete: false });
  }

  /** Stores what waits, with how far the source is. */
  async flush(state: { readonly complete: boolean; readonly cursor?: string }): Promise<void> {
    if (this.#batch.length === 0 && !state.complete && state.cursor === undefined) return;
    this.#target.signal?.throwIfAborted();
    const items = this.#batch;
    // A batch that fills up within a page goes on from the page before it: what comes twice changes nothing.
    this.#cursor = state.complete ? undefined : (state.cursor ?? this.#cursor);
    const { source, file, intake } = this.#target;
    const checkpoint = { items: this.#stored + items.length, cursor: this.#cursor, complete: state.complete };
    const report = await intake.take({ source, file, items, checkpoint });
    this.#stored = checkpoint.items;
    this.#batch = [];
    this.#characters = 0;
    this.#tally.accepted += report.accepted;
    this.#tally.unchanged += report.unchanged;
    this.#tally.deleted += report.deleted;
    this.#tally.rejected += report.rejected.length;
    for (const rejection of report.rejected) {
      if (this.#rejections.length < keptRejections) this.#rejections.push(rejection);
    }
    this.#target.onStored?.(this.#stored);
  }

  /** Counts a fault that is no record's, such as the end of a file that was cut short. */
  reject(sourceId: string, error: string): void {
    this.#tally.rejected += 1;
    this.#rejections.push({ sourceId, error });
  }

  /** What became of the items so far. */
  get tally(): LiteratureTally {
    const { items: passedOver, rejected: rejectedBefore } = this.#before;
    return { ...this.#tally, passedOver, rejectedBefore, rejections: [...this.#rejections] };
  }
}

/**
 * Takes a file's items in from where an earlier run of it stopped. A file that cannot be read to its end is one more rejection; what
 * came before the fault stays stored, and another run of the same file goes on there.
 * @param read - gives the items after so many
 */
export async function takeFile(
  target: FileTarget,
  read: (skip: number) => AsyncIterable<readonly LiteratureItem[]>,
): Promise<LiteratureTally> {
  const before = await target.intake.checkpoint(target.source, target.file);
  const taker = new ItemTaker(target, before);
  if (before?.complete === true) return taker.tally;
  let fault: { readonly error: unknown } | undefined;
  try {
    for await (const items of read(before?.items ?? 0)) for (const item of items) await taker.add(item);
  } catch (error) {
    fault = { error };
  }
  await taker.flush({ complete: fault === undefined });
  if (fault?.error instanceof InvalidInputError) taker.reject(target.name, fault.error.message);
  else if (fault !== undefined) throw fault.error;
  return taker.tally;
}

/** The sum of tallies. */
export function addTallies(tallies: readonly LiteratureTally[]): LiteratureTally {
  const sum = (count: (tally: LiteratureTally) => number): number =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    unchanged: sum(({ unchanged }) => unchanged),
    deleted: sum(({ deleted }) => deleted),
    rejected: sum(({ rejected }) => rejected),
    passedOver: sum(({ passedOver }) => passedOver),
    rejectedBefore: sum(({ rejectedBefore }) => rejectedBefore),
    rejections: tallies.flatMap(({ rejections }) => rejections).slice(0, keptRejections),
  };
}

function lengthOf(article: Extract<LiteratureItem, { kind: 'article' }>['article']): number {
  let characters = 1_000 + article.title.length + (article.abstract?.length ?? 0);
  for (const { text } of article.sections) characters += text.length;
  for (const { text } of article.references) characters += text.length;
  return characters;
}
