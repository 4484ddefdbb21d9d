import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingestPubmed } from '../../../ingest/pubmed/ingest-pubmed.ts';
import { MemoryLiterature } from '../../kit/memory-literature.ts';
import { itemsOf, pubmedArticle, pubmedSet } from '../../kit/pubmed-xml.ts';

const pmidsOf = (items: Awaited<ReturnType<typeof itemsOf>>): readonly string[] =>
  items.map((item) => (item.kind === 'deletion' ? `-${item.pmid}` : item.sourceId));
const many = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => pubmedArticle(from + index));

describe('a file of PubMed', () => {
  it('gives the same items, however its bytes are cut and whoever reads them', async () => {
    const set = pubmedSet(...many(1, 30), '<DeleteCitation><PMID>7</PMID></DeleteCitation>');
    const whole = await itemsOf(set);
    expect(whole).toHaveLength(31);
    for (const pieces of [1, 7, 100, 4_096]) expect(await itemsOf(set, { pieces })).toEqual(whole);
    expect(await itemsOf(set, { threads: 2 })).toEqual(whole);
  });

  it('keeps its order over many slabs in several threads', async () => {
    const long = '<Abstract><AbstractText>'.concat('word '.repeat(4_000), '</AbstractText></Abstract>');
    const set = pubmedSet(...Array.from({ length: 200 }, (_, index) => pubmedArticle(index + 1, { article: long })));
    expect(pmidsOf(await itemsOf(set, { threads: 3, pieces: 65_536 }))).toEqual(
      Array.from({ length: 200 }, (_, index) => String(index + 1)),
    );
  });

  it.each([
    ['an element that is not closed', pubmedArticle(2, { citation: '<KeywordList>' }), /line \d+, column \d+/],
    ['an end that is missing', pubmedArticle(2).replace('</PubmedArticle>', ''), /has no <\/PubmedArticle>/],
    ['an unknown entity', pubmedArticle(2, { title: 'A &bomb; here' }), /entity/],
    ['no PMID', pubmedArticle('').replace(/<PMID.*<\/PMID>/, ''), /has no PMID/],
    ['an unclosed CDATA section', pubmedArticle(2, { title: '<![CDATA[ never' }), /PubmedArticle at byte \d+/],
  ])('rejects a record with %s by its place and goes on', async (_, broken, reason) => {
    const items = await itemsOf(pubmedSet(pubmedArticle(1), broken, pubmedArticle(3)));
    expect(items.map(({ kind }) => kind)).toEqual(['article', 'rejection', 'article']);
    const rejection = items[1];
    if (rejection?.kind !== 'rejection') throw new Error('no rejection');
    expect(rejection.error).toMatch(reason);
    expect(rejection.error).toMatch(/at byte \d+/);
  });

  it('names the PMID and the byte of a record whose bytes are no UTF-8', async () => {
    const set = Buffer.from(pubmedSet(pubmedArticle(1), pubmedArticle(22), pubmedArticle(3)));
    const at = set.indexOf('<PubmedArticle>', set.indexOf('<PubmedArticle>') + 1);
    set[set.indexOf('Title 22')] = 0xff;
    const rejection = (await itemsOf(set))[1];
    expect(rejection).toEqual({
      kind: 'rejection',
      sourceId: '22',
      error: `PubmedArticle at byte ${at} (PMID 22) holds bytes that are no UTF-8.`,
    });
  });

  it('passes over tags in comments and CDATA sections', async () => {
    const tricky = pubmedArticle(2, { title: '<![CDATA[</PubmedArticle><PubmedArticle>]]><!-- </PubmedArticle> -->' });
    const [, second, third] = await itemsOf(pubmedSet(pubmedArticle(1), tricky, pubmedArticle(3)), { pieces: 11 });
    expect(second).toMatchObject({ article: { title: '</PubmedArticle><PubmedArticle>' } });
    expect(third).toMatchObject({ sourceId: '3' });
  });

  it('never expands entities of its own', async () => {
    const bomb = pubmedSet(pubmedArticle(1, { title: 'x &b;' })).replace(
      /<!DOCTYPE[^>]*>/,
      '<!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>',
    );
    expect(await itemsOf(bomb)).toMatchObject([{ kind: 'rejection', error: expect.stringContaining('entity') }]);
  });

  it('passes over items that were taken before, half of a DeleteCitation, too', async () => {
    const set = pubmedSet(
      pubmedArticle(1),
      '<DeleteCitation><PMID>8</PMID><PMID>9</PMID></DeleteCitation>',
      pubmedArticle(2),
    );
    expect(pmidsOf(await itemsOf(set, { skip: 2 }))).toEqual(['-9', '2']);
    expect(pmidsOf(await itemsOf(set, { skip: 2, threads: 1 }))).toEqual(['-9', '2']);
  });
});

describe('taking files of PubMed in', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mia-pubmed-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, bytes: Buffer | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const take = async (places: readonly string[], intake: MemoryLiterature) =>
    await ingestPubmed({ places, threads: 1 }, intake);

  it('reads gzip of several members, and both forms of files of a folder in order', async () => {
    const set = Buffer.from(pubmedSet(...many(1, 5)));
    write('b.xml.gz', Buffer.concat([gzipSync(set.subarray(0, 900)), gzipSync(set.subarray(900))]));
    const [citation] = /<MedlineCitation.*<\/MedlineCitation>/s.exec(
      pubmedArticle(3, { title: 'Later', version: 2 }),
    ) ?? [''];
    write(
      'c.xml',
      `<MedlineCitationSet>${citation}<DeleteCitation><PMID>4</PMID></DeleteCitation></MedlineCitationSet>`,
    );
    write('notes.txt', 'no XML');
    const intake = new MemoryLiterature();
    expect(await take([folder], intake)).toMatchObject({ accepted: 6, deleted: 1, rejected: 0 });
    expect(intake.articles.map(({ pmid, title }) => `${pmid ?? ''} ${title}`)).toEqual([
      '1 Title 1',
      '2 Title 2',
      '3 Later',
      '5 Title 5',
    ]);
  });

  it('keeps what came before the end of a file that was cut short, says so, and goes on with the next', async () => {
    const records = Array.from({ length: 400 }, (_, index) =>
      pubmedArticle(index + 1, { title: `T ${Math.sin(index)}` }),
    );
    const whole = gzipSync(pubmedSet(...records));
    const cut = write('a.xml.gz', whole.subarray(0, whole.length / 2));
    const next = write('b.xml', pubmedSet(pubmedArticle(900)));
    const plain = write('c.xml', pubmedSet(...many(901, 905)).slice(0, -30));
    const intake = new MemoryLiterature();
    const tally = await take([cut, next, plain], intake);
    expect(tally.rejected).toBe(3);
    expect(tally.rejections.map(({ sourceId }) => sourceId)).toEqual([cut, '905', plain]);
    expect(tally.rejections.map(({ error }) => error)).toEqual([
      expect.stringMatching(/a\.xml\.gz ends in the middle of its gzip data: it was cut short/),
      expect.stringMatching(/PubmedArticle at byte \d+ \(PMID 905\)/),
      expect.stringMatching(/ends at byte \d+ before <\/PubmedArticleSet>: it was cut short/),
    ]);
    const pmids = intake.articles.map(({ pmid }) => pmid);
    expect(pmids).toContain('1');
    expect(pmids).toContain('900');
    expect(pmids).toContain('904');
  });

  it('says again what an earlier run rejected, also one that was interrupted', async () => {
    const records = [...many(1, 2_500)];
    records[7] = pubmedArticle(8, { citation: '<broken>' });
    const file = write('a.xml', pubmedSet(...records));
    const intake = new MemoryLiterature();
    intake.failAfter = 1;
    await expect(take([file], intake)).rejects.toThrow('the store is gone');
    intake.failAfter = Number.POSITIVE_INFINITY;
    expect(await take([file], intake)).toMatchObject({ rejected: 0, passedOver: 1_000, rejectedBefore: 1 });
    expect(await take([file], intake)).toMatchObject({ rejected: 0, passedOver: 2_500, rejectedBefore: 1 });
  });

  it('reads what links in a folder lead to, each folder once, and says where one leads nowhere', async () => {
    const [inside, outside] = [join(folder, 'in'), join(folder, 'out')];
    for (const one of [inside, outside]) mkdirSync(one);
    writeFileSync(join(outside, 'a.xml'), pubmedSet(pubmedArticle(1)));
    writeFileSync(join(folder, 'b.xml'), pubmedSet(pubmedArticle(2)));
    symlinkSync(outside, join(inside, 'folder'));
    symlinkSync(inside, join(outside, 'back'));
    symlinkSync(join(folder, 'b.xml'), join(inside, 'b.xml'));
    symlinkSync(join(folder, 'gone'), join(inside, 'notes.txt'));
    const intake = new MemoryLiterature();
    expect(await take([inside], intake)).toMatchObject({ accepted: 2, unchanged: 0, passedOver: 0 });
    symlinkSync(join(folder, 'gone'), join(inside, 'c.xml'));
    await expect(take([inside], intake)).rejects.toThrow(/c\.xml cannot be read/);
  });

  it('goes on where it was interrupted, nothing lost and nothing doubled', async () => {
    const file = write('a.xml.gz', gzipSync(pubmedSet(...many(1, 2_500))));
    const intake = new MemoryLiterature();
    intake.failAfter = 1;
    await expect(take([file], intake)).rejects.toThrow('the store is gone');
    intake.failAfter = Number.POSITIVE_INFINITY;
    expect(await take([file], intake)).toMatchObject({ accepted: 1_500, unchanged: 0, passedOver: 1_000 });
    expect(intake.batches.flatMap(({ items }) => items)).toHaveLength(2_500);
    expect(await take([file], intake)).toMatchObject({ accepted: 0, unchanged: 0, passedOver: 2_500 });
  });

  it.each([
    ['<html><body>Not found</body></html>', /its root is <html>/],
    ['', /it has no PubmedArticleSet/],
    [`<?xml version="1.0" encoding="ISO-8859-1"?><PubmedArticleSet/>`, /written in ISO-8859-1/],
  ])('says what is wrong with %j', async (text, reason) => {
    const tally = await take([write('a.xml', text)], new MemoryLiterature());
    expect(tally.rejections).toEqual([{ sourceId: expect.any(String), error: expect.stringMatching(reason) }]);
  });

  it('refuses a file that is not there', async () => {
    await expect(take([join(folder, 'none.xml')], new MemoryLiterature())).rejects.toThrow(/none\.xml cannot be read/);
  });
});
