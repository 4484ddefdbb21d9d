import { z } from 'zod';
import { UpstreamContractError } from '../../src/kernel/errors.ts';
import type { LiteratureIntake } from '../../src/literature/index.ts';
import type { Manners } from '../kit/polite-fetch.ts';
import { ItemTaker, type LiteratureTally } from '../kit/take-items.ts';
import { after, type DayWindow, dayOf, halves } from './day-windows.ts';
import { type EntrezAccess, EntrezClient, type EntrezQuery, type EntrezSearch, entrezManners } from './entrez.ts';

/** A query in PubMed's language. */
export interface QueryIngest {
  readonly term: string;
  /** Only records that were added or changed on this day or later (`2024-03-09`). */
  readonly since?: string | undefined;
  readonly access: EntrezAccess;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of how many hits are stored. */
  readonly onProgress?: (done: number, total: number) => void;
  /** The present, in milliseconds. */
  readonly now: number;
  readonly manners?: Manners;
  /** Most hits that one search gives out: PubMed stops at 9,999. */
  readonly mostHits?: number;
  /** Records of a page. */
  readonly pageSize?: number;
}

/** Where a query goes on: a window of days, how many of its hits are stored, and how many it had. */
const cursorShape = z.object({
  window: z.object({ from: z.iso.date(), to: z.iso.date() }).optional(),
  end: z.iso.date(),
  offset: z.number().int().min(0),
  count: z.number().int().min(0),
});
type Cursor = z.infer<typeof cursorShape>;

/** Before the first record of PubMed. */
const firstDay = '1700-01-01';

/**
 * Takes what PubMed finds for a query in. More hits than one search gives out are split by day of entry. An interrupted run goes on
 * at its page, with a new search; where the search has other hits by then, its window of days is read again from the beginning.
 * @throws UpstreamUnavailableError, UpstreamContractError when the service does not answer, or not sensibly; what came is stored
 */
export async function ingestQuery(ingest: QueryIngest, intake: LiteratureIntake): Promise<LiteratureTally> {
  const { term, since, access, signal } = ingest;
  const file = `query ${JSON.stringify(term)}${since === undefined ? '' : ` since ${since}`}`;
  const before = await intake.checkpoint('pubmed', file);
  const resumes = before !== undefined && !before.complete;
  const cursor = resumes ? readCursor(before.cursor) : undefined;
  const taker = new ItemTaker({ source: 'pubmed', file, intake, signal }, resumes ? before : undefined);
  const end = cursor?.end ?? dayOf(ingest.now + 86_400_000);
  const run = new QueryRun(ingest, new EntrezClient(access, ingest.manners ?? entrezManners(access), signal), {
    taker,
    end,
  });
  if (cursor !== undefined) await run.goOn(cursor);
  else await run.take(since === undefined ? undefined : { from: since, to: end });
  await taker.flush({ complete: true });
  return taker.tally;
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const parsed = cursorShape.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

class QueryRun {
  readonly #ingest: QueryIngest;
  readonly #client: EntrezClient;
  readonly #state: { readonly taker: ItemTaker; readonly end: string };
  #done = 0;
  #total: number | undefined;

  constructor(ingest: QueryIngest, client: EntrezClient, state: { readonly taker: ItemTaker; readonly end: string }) {
    this.#ingest = ingest;
    this.#client = client;
    this.#state = state;
  }

  async goOn(cursor: Cursor): Promise<void> {
    await this.take(cursor.window, cursor);
    const rest = cursor.window === undefined ? undefined : after(cursor.window, this.#state.end);
    if (rest !== undefined) await this.take(rest);
  }

  /** Takes a window of days, or everything, in; in halves where one search does not give all of it out. */
  async take(window: DayWindow | undefined, cursor?: Cursor): Promise<void> {
    const { term, since, mostHits = 9_999 } = this.#ingest;
    const query: EntrezQuery = { term, window, dateType: since === undefined ? 'edat' : 'mdat' };
    const search = await this.#client.search(query);
    const { count } = search;
    this.#total ??= count;
    const whole = { from: firstDay, to: this.#state.end };
    const parts = count <= mostHits ? undefined : window === undefined ? ([whole] as const) : halves(window);
    if (parts === undefined) await this.#takeHits(query, search, cursor);
    else for (const part of parts) await this.take(part);
    if (parts === undefined && count > mostHits) await this.#tellLeftOut(window, count - mostHits);
  }

  async #takeHits(query: EntrezQuery, found: EntrezSearch, cursor: Cursor | undefined): Promise<void> {
    const { pageSize = 200, mostHits: most = 9_999, onProgress } = this.#ingest;
    const { taker, end } = this.#state;
    let search = found;
    let offset = cursor !== undefined && cursor.count === search.count ? cursor.offset : 0;
    let lost = 0;
    while (offset < Math.min(most, search.count)) {
      const size = Math.min(pageSize, most - offset);
      const items = await this.#client.page(search, { offset, size });
      if (items === undefined) {
        lost += 1;
        if (lost > 5) throw new UpstreamContractError('NCBI forgot the same search five times. Run the command again.');
        const again = await this.#client.search(query);
        // Other hits stand in other places: what is stored already changes nothing when it comes again.
        if (again.count !== search.count) offset = 0;
        search = again;
        continue;
      }
      for (const item of items) await taker.add(item);
      offset += size;
      const next: Cursor = { window: query.window, end, offset, count: search.count };
      await taker.flush({ complete: false, cursor: JSON.stringify(next) });
      this.#done += items.length;
      onProgress?.(this.#done, this.#total ?? this.#done);
    }
  }

  /** More hits of one day than a search gives out are never left out in silence. */
  async #tellLeftOut(window: DayWindow | undefined, hits: number): Promise<void> {
    const sourceId = `hits of ${window?.from ?? 'the query'}`;
    const error = `${hits} hits of one day are more than PubMed gives out. Make the query narrower.`;
    await this.#state.taker.add({ kind: 'rejection', sourceId, error });
  }
}
