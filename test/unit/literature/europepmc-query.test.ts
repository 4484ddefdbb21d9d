import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ingestEuropePmc } from '../../../ingest/europepmc/ingest-europepmc.ts';
import { readJats } from '../../../ingest/jats/read-jats.ts';
import { type Asked, type Given, startService } from '../../kit/article-services.ts';
import { MemoryLiterature } from '../../kit/memory-literature.ts';

const manners = {
  service: 'Europe PMC',
  intervalMs: 0,
  timeoutMs: 2_000,
  attempts: 3,
  firstPauseMs: 1,
  longestPauseMs: 20,
};
const recorded = `${process.cwd()}/../shared/data/europepmc-json/search_cancer_core.json`;
const fullText =
  '<article><front><article-meta><title-group><article-title>T</article-title></title-group></article-meta></front><body><sec><title>Methods</title><p>Scans.</p></sec></body></article>';

/** A service with so many results, in pages that a cursor `c10` names by their first one. */
function pages(total: number, more: Readonly<Record<string, unknown>> = {}) {
  return ({ fields, path }: Asked): Given => {
    if (path.endsWith('/fullTextXML')) return { body: fullText };
    const mark = fields['cursorMark'] ?? '*';
    const from = mark === '*' ? 0 : Number(mark.slice(1));
    const size = Math.max(0, Math.min(Number(fields['pageSize']), total - from));
    const result = Array.from({ length: size }, (_, index) => ({
      id: String(from + index + 1),
      source: 'MED',
      pmid: String(from + index + 1),
      title: `Title ${from + index + 1}`,
      ...more,
    }));
    return { body: JSON.stringify({ hitCount: total, nextCursorMark: `c${from + size}`, resultList: { result } }) };
  };
}

describe('a query of Europe PMC', () => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(async () => await close());
  const start = async (answer: (asked: Asked) => Given) => {
    const service = await startService(answer);
    close = service.close;
    const intake = new MemoryLiterature();
    const run = async () =>
      await ingestEuropePmc({ query: 'mri', url: service.url, readFullText: readJats, manners, pageSize: 10 }, intake);
    return { ...service, intake, run };
  };

  it('follows cursors to the end, and from where it was interrupted', async () => {
    const { run, intake, asked } = await start(pages(35));
    intake.failAfter = 2;
    await expect(run()).rejects.toThrow('the store is gone');
    intake.failAfter = Number.POSITIVE_INFINITY;
    const before = asked.length;
    expect(await run()).toMatchObject({ accepted: 15, unchanged: 0, passedOver: 20 });
    expect(asked[before]?.fields['cursorMark']).toBe('c20');
    expect(intake.articles).toHaveLength(35);
  });

  it('reads the list again when its cursor is known no more', async () => {
    const list = pages(35);
    let forgot = false;
    const { run, intake } = await start((asked) => {
      if (asked.fields['cursorMark'] !== 'c20' || forgot) return list(asked);
      forgot = true;
      return { status: 404, body: 'unknown cursor' };
    });
    expect(await run()).toMatchObject({ accepted: 35, unchanged: 20, rejected: 0 });
    expect(intake.articles).toHaveLength(35);
  });

  it.each(['*', 'c10', 'c20'])('does not go round when the cursor %s comes again too early', async (again) => {
    const list = pages(100);
    const { run, asked } = await start((one) => {
      const given = list(one);
      if (one.fields['cursorMark'] !== 'c20') return given;
      return { body: JSON.stringify({ ...JSON.parse(String(given.body)), nextCursorMark: again }) };
    });
    await expect(run()).rejects.toThrow(/after 30 of 100 hits/);
    expect(asked).toHaveLength(3);
  });

  it('takes the full text of open-access articles, and does without one that is missing', async () => {
    const list = pages(2, { isOpenAccess: 'Y', pmcid: 'PMC1', license: 'cc by' });
    const { run, intake } = await start((asked) => {
      const given = list(asked);
      if (asked.path.endsWith('/fullTextXML')) return given;
      return { body: String(given.body).replace('PMC1', 'PMC404') };
    });
    await run();
    expect(intake.articles[1]).toMatchObject({
      license: 'cc by',
      sections: [{ name: 'Methods', role: 'METHODS', text: 'Scans.' }],
    });
    await close();
    const missing = await start((asked) => (asked.path.endsWith('/fullTextXML') ? { status: 404 } : list(asked)));
    expect(await missing.run()).toMatchObject({ accepted: 2, rejected: 0 });
    expect(missing.intake.articles[0]?.sections).toEqual([]);
  });

  it('asks again for an answer that was cut short, and rejects a result it cannot read', async () => {
    let cut = true;
    const { run } = await start(() => {
      const result = [
        { id: '1', source: 'MED', title: 'A' },
        { id: '2', source: 'MED', title: 5 },
      ];
      const body = JSON.stringify({ hitCount: 2, resultList: { result } });
      const given = cut ? body.slice(0, 30) : body;
      cut = false;
      return { body: given };
    });
    expect(await run()).toMatchObject({
      accepted: 1,
      rejections: [{ sourceId: '2', error: expect.stringContaining('title') }],
    });
  });

  it('makes paragraphs of headings, and text of markup that is none', async () => {
    const { run, intake } = await start(
      pages(1, {
        abstractText:
          '<h4>Objective</h4>To see CO<sub>2</sub> at <i>p</i> < 0.05 &amp; n > 3.<h4>Results:</h4><p>Seen.</p>',
        firstPublicationDate: '2025-08-22',
        authorList: {
          author: [
            {
              fullName: 'Doe J',
              lastName: 'Doe',
              firstName: 'Jane',
              authorId: { type: 'ORCID', value: '0000-0002-1825-009X' },
            },
          ],
        },
      }),
    );
    await run();
    expect(intake.articles[0]).toMatchObject({
      abstract: 'Objective: To see CO2 at p < 0.05 & n > 3.\nResults: Seen.',
      published: '2025-08-22',
      year: 2025,
      authors: [{ family: 'Doe', given: 'Jane', orcid: '0000-0002-1825-009X' }],
    });
  });

  it.skipIf(!existsSync(recorded))(
    'reads recorded answers (../shared/data/europepmc-json; skipped where it is not)',
    async () => {
      const page = JSON.parse(readFileSync(recorded, 'utf8'));
      const results: readonly { readonly id: string }[] = page.resultList.result;
      const { run, intake } = await start(({ path }) =>
        path.endsWith('/fullTextXML')
          ? { body: fullText }
          : { body: JSON.stringify({ ...page, hitCount: results.length, nextCursorMark: undefined }) },
      );
      expect(await run()).toMatchObject({ accepted: results.length, rejected: 0 });
      expect(
        intake.articles.every(({ title, abstract }) => !/<\/?(?:h4|i|sup|b)>/.test(`${title}${abstract ?? ''}`)),
      ).toBe(true);
    },
  );
});
