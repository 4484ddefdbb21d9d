import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiteratureItem } from '../../../src/literature/index.ts';
import { articleItem } from '../../kit/articles.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => await catalog.close());

let files = 0;
async function take(source: string, ...items: readonly LiteratureItem[]) {
  files += 1;
  return await catalog.app.literature.intake.take({
    source,
    file: `file-${files}`,
    items,
    checkpoint: { items: items.length, cursor: undefined, complete: true },
  });
}

async function article(by: string): Promise<any> {
  const { data, errors } = await catalog.ask(
    `{ article(${by}) { id pmid pmcid doi title abstract journal year retracted hasFullText sections { name } mesh { label } } }`,
  );
  expect(errors).toBeUndefined();
  return data.article;
}

describe('taking articles in', () => {
  it('takes a record once, and again when its source says something else', async () => {
    const first = articleItem({ pmid: '100', title: 'Hippocampal volume' });
    expect(await take('pubmed', first)).toMatchObject({ accepted: 1, unchanged: 0 });
    expect(await take('pubmed', first)).toMatchObject({ accepted: 0, unchanged: 1 });
    expect(await take('pubmed', articleItem({ pmid: '100', title: 'Hippocampal volumes' }))).toMatchObject({
      accepted: 1,
    });
    expect((await article('pmid: "100"')).title).toBe('Hippocampal volumes');
  });

  it('never lets an older version replace a newer one, in one batch and over two', async () => {
    await take(
      'pubmed',
      articleItem({ pmid: '101', version: 2, title: 'second' }),
      articleItem({ pmid: '101', version: 1, title: 'first' }),
    );
    await take('pubmed', articleItem({ pmid: '101', version: 1, title: 'first, corrected' }));
    expect((await article('pmid: "101"')).title).toBe('second');
  });

  it('withdraws what PubMed deletes, keeps older versions away, and lets a newer one back', async () => {
    await take('pubmed', articleItem({ pmid: '102', version: 2 }));
    expect(await take('pubmed', { kind: 'deletion', pmid: '102' })).toMatchObject({ deleted: 1 });
    expect(await article('pmid: "102"')).toBeNull();
    await take('pubmed', articleItem({ pmid: '102', version: 2 }));
    expect(await article('pmid: "102"')).toBeNull();
    await take('pubmed', articleItem({ pmid: '102', version: 3, title: 'back' }));
    expect((await article('pmid: "102"')).title).toBe('back');
  });

  it('keeps what another source says when PubMed withdraws its record', async () => {
    await take('pubmed', articleItem({ pmid: '103', pmcid: 'PMC103', title: 'as PubMed has it' }));
    await take('jats', articleItem({ pmcid: 'PMC103', title: 'as printed' }));
    await take('pubmed', { kind: 'deletion', pmid: '103' });
    expect(await article('pmcid: "PMC103"')).toMatchObject({ title: 'as printed' });
  });

  it('folds the head of PubMed and the full text of JATS into one article under one id', async () => {
    await take(
      'pubmed',
      articleItem({
        pmid: '104',
        doi: '10.1/a',
        title: 'Head',
        mesh: [{ ui: 'D000544', label: 'Alzheimer Disease', major: true, qualifiers: [] }],
      }),
    );
    const { id } = await article('pmid: "104"');
    await take(
      'jats',
      articleItem({
        pmcid: 'PMC104',
        doi: '10.1/a',
        title: 'Head as printed',
        sections: [{ name: 'Methods', role: 'METHODS', text: 'We used ADNI.' }],
      }),
    );
    expect(await article('pmcid: "PMC104"')).toEqual({
      id,
      pmid: '104',
      pmcid: 'PMC104',
      doi: '10.1/a',
      title: 'Head',
      abstract: null,
      journal: null,
      year: null,
      retracted: false,
      hasFullText: true,
      sections: [{ name: 'Methods' }],
      mesh: [{ label: 'Alzheimer Disease' }],
    });
  });

  it('makes two articles one when a later record connects them, and the id that goes leads to the one that stays', async () => {
    await take('pubmed', articleItem({ pmid: '105', title: 'by PMID' }));
    await take('jats', articleItem({ doi: '10.1/b', title: 'by DOI' }));
    const stays = await article('pmid: "105"');
    const goes = await article('doi: "10.1/b"');
    expect(goes.id).not.toBe(stays.id);
    await take('europepmc', articleItem({ pmid: '105', doi: '10.1/b', abstract: 'connects them' }));
    expect(await article('doi: "10.1/b"')).toMatchObject({ id: stays.id, title: 'by PMID', abstract: 'connects them' });
    const { data } = await catalog.ask('query ($id: ID!) { node(id: $id) { id } }', { id: goes.id });
    expect(data.node.id).toBe(stays.id);
  });

  it('does not make one article of two PMIDs that share a DOI', async () => {
    await take('pubmed', articleItem({ pmid: '106', doi: '10.1/c' }), articleItem({ pmid: '107', doi: '10.1/c' }));
    expect((await article('pmid: "106"')).id).not.toBe((await article('pmid: "107"')).id);
  });

  it('marks an article as retracted, whether its notice comes before it or after', async () => {
    const notice = (pmid: string, of: string) =>
      articleItem({ pmid, notices: [{ kind: 'RetractionOf', pmid: of, citation: undefined }] });
    await take('pubmed', articleItem({ pmid: '108' }), notice('109', '108'), notice('110', '111'));
    await take('pubmed', articleItem({ pmid: '111' }));
    expect([(await article('pmid: "108"')).retracted, (await article('pmid: "111"')).retracted]).toEqual([true, true]);
  });

  it('rejects a text that cannot be stored, with its place, and takes the rest', async () => {
    const report = await take(
      'pubmed',
      articleItem({ pmid: '112', title: 'half a pair \ud83d' }),
      articleItem({ pmid: '113', title: 'U+0000 \0' }),
      articleItem({ pmid: '114', title: 'tab\tline\nbackslash\\ "quote"', keywords: ['a,b', '{c}', 'd"e\\'] }),
    );
    expect(report).toMatchObject({ accepted: 1, rejected: [{ sourceId: '112' }, { sourceId: '113' }] });
    expect((await article('pmid: "114"')).title).toBe('tab\tline\nbackslash\\ "quote"');
  });

  it('remembers how far a file was taken in, with its articles', async () => {
    const { intake } = catalog.app.literature;
    const checkpoint = { items: 7, cursor: 'c7', complete: false };
    await intake.take({ source: 'europepmc', file: 'query', items: [articleItem({ pmid: '115' })], checkpoint });
    expect(await intake.checkpoint('europepmc', 'query')).toEqual({ ...checkpoint, rejected: 0 });
    expect(await intake.checkpoint('europepmc', 'another')).toBeUndefined();
  });

  it('counts what it rejected of a file over all its batches, and of a query since it began anew', async () => {
    const { intake } = catalog.app.literature;
    const broken: LiteratureItem = { kind: 'rejection', sourceId: 'x', error: 'is broken' };
    const takeTo = async (items: number, complete: boolean) =>
      await intake.take({
        source: 'pubmed',
        file: 'q',
        items: [broken],
        checkpoint: { items, cursor: undefined, complete },
      });
    await takeTo(1, false);
    await takeTo(2, true);
    expect(await intake.checkpoint('pubmed', 'q')).toMatchObject({ items: 2, rejected: 2 });
    await takeTo(1, false);
    expect(await intake.checkpoint('pubmed', 'q')).toMatchObject({ items: 1, rejected: 1 });
  });
});
