import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { GazetteerSource } from '../discovery-ports.ts';
import { withKnownDatasets } from '../known-datasets.ts';
import type { Gazetteer, GazetteerEntry } from '../mining/model.ts';

const row = z.object({
  slug: z.string(),
  title: z.string(),
  acronym: z.string().nullable(),
  alternativeTitles: z.array(z.string()),
  landingPage: z.string().nullable(),
  identifiers: z.array(z.object({ scheme: z.string(), value: z.string() })).nullable(),
  /** Names that stewards gave it by merging a candidate. */
  merged: z.array(z.string()),
});

/** One word in capitals, or of mixed case: an acronym, whatever the record calls it. */
const acronym = /^(?=.*[A-Z].*[A-Z])[\w-]{2,20}(?: (?:[IVX]+|\d+))?$/;

/** Published datasets of the catalog, and well-known ones, as the miner knows them; a draft's name is nobody's business. */
export class PostgresGazetteerSource implements GazetteerSource {
  readonly #db: Pick<DataSource, 'query'>;

  readonly #known: () => readonly GazetteerEntry[];

  /** @param known - well-known datasets, whether the catalog has them or not */
  constructor(db: Pick<DataSource, 'query'>, known: () => readonly GazetteerEntry[]) {
    this.#db = db;
    this.#known = known;
  }

  async head(): Promise<string> {
    const rows: { head: string }[] = await this.#db.query(
      'SELECT coalesce(max(id), 0)::text AS head FROM catalog_event',
    );
    return rows[0]?.head ?? '0';
  }

  async read(): Promise<Gazetteer> {
    const rows: unknown[] = await this.#db.query(
      `SELECT d.slug, d.title, d.acronym, d.alternative_titles AS "alternativeTitles", d.landing_page AS "landingPage",
         (SELECT jsonb_agg(jsonb_build_object('scheme', i.scheme, 'value', i.value) ORDER BY i.scheme, i.value)
          FROM identifier i WHERE i.dataset_id = d.id) AS identifiers,
         ARRAY(SELECT a.alias COLLATE "C" FROM dataset_candidate c JOIN candidate_alias a ON a.candidate_id = c.id
           WHERE c.dataset_id = d.id AND a.alias NOT LIKE 'entry:%' AND a.alias NOT LIKE 'name:%' ORDER BY 1) AS merged
       FROM dataset d WHERE d.status = 'PUBLISHED' ORDER BY d.slug`,
    );
    return {
      entries: withKnownDatasets(
        rows.map((each) => toEntry(row.parse(each))),
        this.#known(),
      ),
    };
  }
}

function toEntry({
  slug,
  title,
  acronym: own,
  alternativeTitles,
  landingPage,
  ...rest
}: z.infer<typeof row>): GazetteerEntry {
  const identifiers = (rest.identifiers ?? []).flatMap(({ scheme, value }) =>
    scheme.toUpperCase() === 'DOI'
      ? [`doi:${value.toLowerCase()}`]
      : isTelling(value)
        ? [`${scheme.toLowerCase()}:${value}`]
        : [],
  );
  return {
    key: slug,
    title,
    aliases: alternativeTitles.filter((name) => !acronym.test(name)),
    acronyms: [...new Set([...(own === null ? [] : [own]), ...alternativeTitles.filter((name) => acronym.test(name))])],
    identifiers: [...new Set([...identifiers, ...(landingPage === null ? [] : [landingPage]), ...rest.merged])],
  };
}

/** An identifier without a digit is a name, and stands among the names. */
function isTelling(value: string): boolean {
  return /\d/.test(value) && value.length > 4;
}
