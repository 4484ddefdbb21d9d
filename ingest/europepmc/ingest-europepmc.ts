import { z } from 'zod';
import { messageOf, UpstreamContractError } from '../../src/kernel/errors.ts';
import type { ArticleRecord, LiteratureIntake, LiteratureItem } from '../../src/literature/index.ts';
import { pmcidOf } from '../kit/article-fields.ts';
import { type Answer, defaultManners, type Manners, PoliteFetch } from '../kit/polite-fetch.ts';
import { ItemTaker, type LiteratureTally } from '../kit/take-items.ts';
import { europePmcResult, mapResult } from './map-result.ts';

/** A query in Europe PMC's language. */
export interface EuropePmcIngest {
  readonly query: string;
  /** Base of the REST service. */
  readonly url: string;
  /** Reads full texts; without it only titles, abstracts and headings are taken. */
  readonly readFullText?: ((xml: string) => ArticleRecord) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of how many hits are stored. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly manners?: Manners;
  /** Hits of a page, at most 1,000. */
  readonly pageSize?: number;
}

/** Europe PMC names no limit; ten requests a second is what its own clients keep to. */
const manners: Manners = { ...defaultManners, service: 'Europe PMC', intervalMs: 110 };

const pageShape = z.object({
  hitCount: z.number().int().min(0),
  nextCursorMark: z.string().optional(),
  resultList: z.object({ result: z.array(z.unknown()).optional() }).optional(),
});
type Page = z.infer<typeof pageShape>;

const cursorShape = z.object({ mark: z.string(), done: z.number().int().min(0) });

/** Where Europe PMC's lists begin. */
const firstMark = '*';

/**
 * Takes what Europe PMC finds for a query in, with the full text of open-access articles. An interrupted run goes on at its cursor;
 * where the service does not know the cursor any more, the list is read again from its beginning, and what is stored stays.
 * @throws UpstreamUnavailableError, UpstreamContractError when the service does not answer, or not sensibly; what came is stored
 */
export async function ingestEuropePmc(ingest: EuropePmcIngest, intake: LiteratureIntake): Promise<LiteratureTally> {
  const file = `query ${JSON.stringify(ingest.query)}`;
  const before = await intake.checkpoint('europepmc', file);
  const resumes = before !== undefined && !before.complete && before.cursor !== undefined;
  const parsed = resumes ? cursorShape.safeParse(JSON.parse(before.cursor)) : undefined;
  const start = parsed?.success === true ? parsed.data : { mark: firstMark, done: 0 };
  const target = { source: 'europepmc', file, intake, signal: ingest.signal };
  const taker = new ItemTaker(target, resumes ? before : undefined);
  const client = new PoliteFetch(ingest.manners ?? manners, ingest.signal);
  await takePages({ ingest, client, taker }, start);
  await taker.flush({ complete: true });
  return taker.tally;
}

interface Run {
  readonly ingest: EuropePmcIngest;
  readonly client: PoliteFetch;
  readonly taker: ItemTaker;
}

async function takePages(run: Run, start: z.infer<typeof cursorShape>): Promise<void> {
  const { ingest, taker } = run;
  const seen = new Set<string>();
  let { mark, done } = start;
  let restarts = 0;
  for (;;) {
    seen.add(mark);
    const page = await readPage(run, mark);
    if (page === undefined) {
      restarts += 1;
      if (restarts > 3)
        throw new UpstreamContractError('Europe PMC forgot its cursor again and again. Run the command again.');
      seen.clear();
      mark = firstMark;
      done = 0;
      continue;
    }
    const results = page.resultList?.result ?? [];
    for (const result of results) await taker.add(await itemOf(run, result));
    done += results.length;
    const next = page.nextCursorMark;
    const ends = results.length === 0 || next === undefined || next === mark;
    if (!ends) await taker.flush({ complete: false, cursor: JSON.stringify({ mark: next, done }) });
    ingest.onProgress?.(done, page.hitCount);
    if (ends && done >= page.hitCount) return;
    if (ends || seen.has(next)) {
      // The list shrinks while it is read, too; what a hundredth of it does is no fault.
      if (ends && done >= page.hitCount * 0.99) return;
      const fault = ends ? 'ended' : 'came back to a cursor it had given';
      throw new UpstreamContractError(
        `Europe PMC ${fault} after ${done} of ${page.hitCount} hits. Run the command again.`,
      );
    }
    mark = next;
  }
}

/** A page; undefined where the service does not know the cursor. */
async function readPage({ ingest, client }: Run, mark: string): Promise<Page | undefined> {
  const url = new URL(`${ingest.url}/search`);
  const pageSize = String(ingest.pageSize ?? 500);
  const asked = { query: ingest.query, resultType: 'core', format: 'json', pageSize, cursorMark: mark };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  let page: Page | undefined;
  const answer = await client.text(url, (given: Answer) => {
    if (given.status >= 400) return undefined;
    const parsed = parsePage(given.text);
    page = parsed.page;
    return parsed.fault;
  });
  if (page !== undefined) return page;
  if (mark !== firstMark && [400, 404, 410].includes(answer.status)) return undefined;
  throw new UpstreamContractError(
    `Europe PMC refuses the query: it answers ${answer.status} ${answer.text.slice(0, 200)}`,
  );
}

function parsePage(text: string): { readonly page?: Page; readonly fault?: string } {
  try {
    const parsed = pageShape.safeParse(JSON.parse(text));
    return parsed.success ? { page: parsed.data } : { fault: 'its answer is no list of results' };
  } catch {
    return { fault: `its answer of ${text.length} characters is no whole JSON` };
  }
}

async function itemOf(run: Run, result: unknown): Promise<LiteratureItem> {
  const parsed = europePmcResult.safeParse(result);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    const id = z.object({ id: z.string() }).safeParse(result).data?.id ?? 'a result without id';
    return { kind: 'rejection', sourceId: id, error: `${id} cannot be read: ${faults.slice(0, 5).join('; ')}.` };
  }
  const article = mapResult(parsed.data);
  const pmcid = pmcidOf(parsed.data.pmcid);
  const sourceId = `${parsed.data.source}/${parsed.data.id}`;
  if (parsed.data.isOpenAccess !== 'Y' || pmcid === undefined) return { kind: 'article', sourceId, article };
  return { kind: 'article', sourceId, article: { ...article, ...(await fullTextOf(run, pmcid)) } };
}

/** What a full text adds. One that is missing or broken adds nothing: the article stands without it. */
async function fullTextOf({ ingest, client }: Run, pmcid: string): Promise<Partial<ArticleRecord>> {
  if (ingest.readFullText === undefined) return {};
  let read: ArticleRecord | undefined;
  const { readFullText } = ingest;
  await client.text(new URL(`${ingest.url}/${pmcid}/fullTextXML`), (given) => {
    if (given.status !== 200) return undefined;
    try {
      read = readFullText(given.text);
      return undefined;
    } catch (error) {
      // Cut short in transit is asked for again; an article that cannot be read is not.
      return /<\/(?:article|pmc-articleset)>\s*$/.test(given.text) ? undefined : messageOf(error);
    }
  });
  if (read === undefined) return {};
  const { sections, references, license, otherAbstracts } = read;
  return { sections, references, ...(license !== undefined && { license }), ...(otherAbstracts && { otherAbstracts }) };
}
