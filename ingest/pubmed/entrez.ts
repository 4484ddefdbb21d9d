import { UpstreamContractError } from '../../src/kernel/errors.ts';
import type { LiteratureItem } from '../../src/literature/index.ts';
import { type Answer, defaultManners, type Manners, PoliteFetch } from '../kit/polite-fetch.ts';
import { childOf, textOf, XmlTreeReader } from '../kit/xml-tree.ts';
import type { DayWindow } from './day-windows.ts';
import { RecordReader } from './read-record.ts';
import { RecordSlicer } from './slice-records.ts';

/** NCBI's E-utilities: where they are and who asks. */
export interface EntrezAccess {
  readonly url: string;
  readonly apiKey: string | null;
  readonly email: string | null;
}

/** A search whose hits wait on the history server. */
export interface EntrezSearch {
  readonly count: number;
  readonly webEnv: string;
  readonly queryKey: string;
}

/** What is searched. */
export interface EntrezQuery {
  readonly term: string;
  /** `edat`: day of entry into PubMed; `mdat`: day of the last change. */
  readonly dateType: 'edat' | 'mdat';
  readonly window: DayWindow | undefined;
}

/** NCBI allows three requests a second, ten with a key (E-utilities, usage guidelines); a little less keeps clear of it. */
const intervalMs = { withKey: 110, without: 350 };

/** How the E-utilities are asked by default. */
export function entrezManners(access: EntrezAccess): Manners {
  return {
    ...defaultManners,
    service: 'NCBI E-utilities',
    intervalMs: access.apiKey === null ? intervalMs.without : intervalMs.withKey,
  };
}

/** Searches PubMed and fetches what was found, page by page. Keys travel in the body of requests, never in an address. */
export class EntrezClient {
  readonly #access: EntrezAccess;
  readonly #fetch: PoliteFetch;
  readonly #trees = new XmlTreeReader();
  readonly #records = new RecordReader();

  constructor(access: EntrezAccess, manners: Manners, signal?: AbortSignal) {
    this.#access = access;
    this.#fetch = new PoliteFetch(manners, signal);
  }

  /**
   * Searches and keeps the hits on the history server.
   * @throws UpstreamContractError when the service refuses the query, with its words
   */
  async search(query: EntrezQuery): Promise<EntrezSearch> {
    const { window, term, dateType: datetype } = query;
    const slashed = (day: string): string => day.replaceAll('-', '/');
    const dates = window && { datetype, mindate: slashed(window.from), maxdate: slashed(window.to) };
    const asked = { term, usehistory: 'y', retmax: '0', retmode: 'xml', ...dates };
    const answer = await this.#ask('esearch', asked, (given) =>
      /<\/eSearchResult>\s*$/.test(given.text) || given.status === 400 ? undefined : brokenAnswer(given),
    );
    const result = answer.text.includes('<eSearchResult') ? this.#trees.read(answer.text) : undefined;
    const field = (name: string): string | undefined => textOf(childOf(result, name));
    const count = field('Count');
    const error = field('ERROR') ?? (answer.status === 200 ? undefined : answer.text.slice(0, 200));
    if (error !== undefined || count === undefined || !/^\d+$/.test(count)) {
      throw new UpstreamContractError(`NCBI refuses the query ${JSON.stringify(term)}: ${error ?? 'no count'}.`);
    }
    return { count: Number(count), webEnv: field('WebEnv') ?? '', queryKey: field('QueryKey') ?? '' };
  }

  /**
   * A page of hits. Records that did not come although they were counted are told by their number.
   * @returns undefined when the history server no longer knows the search
   */
  async page(
    search: EntrezSearch,
    at: { readonly offset: number; readonly size: number },
  ): Promise<readonly LiteratureItem[] | undefined> {
    const asked = {
      WebEnv: search.webEnv,
      query_key: search.queryKey,
      retstart: String(at.offset),
      retmax: String(at.size),
      retmode: 'xml',
    };
    const expected = Math.min(at.size, search.count - at.offset);
    let short = 0;
    const answer = await this.#ask('efetch', asked, (given) => {
      if (isLostHistory(given)) return undefined;
      if (!/<\/PubmedArticleSet>\s*$/.test(given.text)) return brokenAnswer(given);
      const missing = expected - this.#items(given.text).length;
      // NCBI leaves records out now and then; it is asked twice more before that is taken for final.
      if (missing <= 0 || short >= 2) return undefined;
      short += 1;
      return `its page has ${missing} records less than it counted`;
    });
    if (isLostHistory(answer)) return undefined;
    const items = this.#items(answer.text);
    if (items.length >= expected) return items;
    const missing = expected - items.length;
    const place = `hits ${at.offset + 1} to ${at.offset + expected}`;
    return [...items, { kind: 'rejection', sourceId: place, error: `${missing} of ${place} did not come from NCBI.` }];
  }

  #items(text: string): readonly LiteratureItem[] {
    const slicer = new RecordSlicer();
    const slices = [...slicer.push(Buffer.from(text)), ...slicer.end()];
    return slices.flatMap((slice) => this.#records.read(slice));
  }

  async #ask(
    utility: string,
    fields: Readonly<Record<string, string>>,
    check: (answer: Answer) => string | undefined,
  ): Promise<Answer> {
    const { url, apiKey, email } = this.#access;
    const form = new URLSearchParams({ db: 'pubmed', tool: 'mia-catalog', ...fields });
    if (apiKey !== null) form.set('api_key', apiKey);
    if (email !== null) form.set('email', email);
    return await this.#fetch.text(new URL(`${url}/${utility}.fcgi`), check, form);
  }
}

function isLostHistory({ text }: Answer): boolean {
  return text.length < 5_000 && /Unable to obtain query|WebEnv|query[_ ]key|history/i.test(text);
}

function brokenAnswer({ status, text }: Answer): string {
  if (status !== 200) return `it answered ${status}`;
  return `its answer of ${text.length} characters is no whole XML`;
}
