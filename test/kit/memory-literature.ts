import type {
  ArticleRecord,
  FileProgress,
  LiteratureBatch,
  LiteratureIntake,
  LiteratureReport,
} from '../../src/literature/index.ts';

/** An intake in memory that keeps what readers hand in; `failAfter` batches it fails, as a store does that is gone. */
export class MemoryLiterature implements LiteratureIntake {
  readonly batches: LiteratureBatch[] = [];
  readonly deleted: string[] = [];
  readonly rejected: { readonly sourceId: string; readonly error: string }[] = [];
  failAfter = Number.POSITIVE_INFINITY;
  readonly #articles = new Map<string, ArticleRecord>();
  readonly #checkpoints = new Map<string, FileProgress>();

  /** Articles by source and source's id, as they were taken in last. */
  get articles(): readonly ArticleRecord[] {
    return [...this.#articles.values()];
  }

  checkpoint(source: string, file: string): Promise<FileProgress | undefined> {
    return Promise.resolve(this.#checkpoints.get(`${source} ${file}`));
  }

  take(batch: LiteratureBatch): Promise<LiteratureReport> {
    if (this.batches.length >= this.failAfter) return Promise.reject(new Error('the store is gone'));
    this.batches.push(batch);
    const report = { accepted: 0, unchanged: 0, deleted: 0 };
    const rejected: { readonly sourceId: string; readonly error: string }[] = [];
    for (const item of batch.items) {
      if (item.kind === 'rejection') rejected.push({ sourceId: item.sourceId, error: item.error });
      else if (item.kind === 'deletion') {
        this.deleted.push(item.pmid);
        report.deleted += this.#articles.delete(`${batch.source} ${item.pmid}`) ? 1 : 0;
      } else {
        const key = `${batch.source} ${item.sourceId}`;
        const before = this.#articles.get(key);
        const same =
          JSON.stringify(before) === JSON.stringify(item.article) || (before?.version ?? 0) > item.article.version;
        report[same ? 'unchanged' : 'accepted'] += 1;
        if (!same) this.#articles.set(key, item.article);
      }
    }
    this.rejected.push(...rejected);
    const file = `${batch.source} ${batch.file}`;
    const before = this.#checkpoints.get(file);
    const lost = before === undefined || before.complete ? 0 : before.rejected;
    this.#checkpoints.set(file, { ...batch.checkpoint, rejected: lost + rejected.length });
    return Promise.resolve({ ...report, rejected });
  }
}
