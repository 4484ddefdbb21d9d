import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ingestJats } from '../../../ingest/jats/ingest-jats.ts';
import { readJats } from '../../../ingest/jats/read-jats.ts';
import { roleOfHeading } from '../../../src/literature/index.ts';
import { MemoryLiterature } from '../../kit/memory-literature.ts';

const recorded = `${process.cwd()}/../shared/data/jats`;

function jats(
  parts: { readonly meta?: string; readonly body?: string; readonly back?: string; readonly title?: string } = {},
) {
  const { meta = '', body = '', back = '', title = 'A title' } = parts;
  return `<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "http://127.0.0.1:9/never-fetched.dtd">
    <article article-type="research-article" xml:lang="en" xmlns:xlink="http://www.w3.org/1999/xlink"><front><journal-meta>
    <journal-id journal-id-type="nlm-ta">J Ex</journal-id><journal-title-group><journal-title>Journal of Examples</journal-title></journal-title-group></journal-meta>
    <article-meta><article-id pub-id-type="pmid">123</article-id><article-id pub-id-type="pmc">456</article-id><article-id pub-id-type="doi">10.1000/ABC</article-id>
    <title-group><article-title>${title}</article-title></title-group>${meta}</article-meta></front><body>${body}</body><back>${back}</back></article>`;
}

describe('a JATS article', () => {
  it('has its ids, authors with their places, day, licence, keywords and grants', () => {
    const article = readJats(
      jats({
        meta: `<contrib-group><contrib contrib-type="author"><contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-0097</contrib-id>
          <name><surname>Doe</surname><given-names>Jane</given-names></name><xref ref-type="aff" rid="a1">1</xref></contrib>
          <contrib contrib-type="editor"><name><surname>Ed</surname></name></contrib><contrib contrib-type="author"><collab>ABC Group</collab></contrib>
          <aff id="a1"><label>1</label><institution>University</institution>, <country>Here</country></aff></contrib-group>
          <pub-date pub-type="collection"><year>2020</year></pub-date><pub-date pub-type="epub"><day>9</day><month>3</month><year>2019</year></pub-date>
          <permissions><license><license-p>Free under <ext-link ext-link-type="uri" xlink:href="https://creativecommons.org/licenses/by/4.0/">CC BY</ext-link></license-p></license></permissions>
          <kwd-group><kwd>MRI</kwd><kwd>f<sub>0</sub></kwd></kwd-group>
          <funding-group><award-group><funding-source>NIH</funding-source><award-id>R01</award-id></award-group></funding-group>`,
      }),
    );
    expect(article).toMatchObject({
      pmid: '123',
      pmcid: 'PMC456',
      doi: '10.1000/abc',
      published: '2019-03-09',
      year: 2019,
      license: 'https://creativecommons.org/licenses/by/4.0/',
      keywords: ['MRI', 'f0'],
      languages: ['eng'],
      grants: [{ id: 'R01', agency: 'NIH' }],
      journal: { title: 'Journal of Examples', abbreviation: 'J Ex' },
      authors: [
        { family: 'Doe', given: 'Jane', orcid: '0000-0002-1825-0097', affiliations: ['University, Here'] },
        { family: 'ABC Group', given: undefined },
      ],
    });
  });

  it('has its sections flattened, parents first, with roles, and captions behind', () => {
    const { sections } = readJats(
      jats({
        body: `<sec sec-type="materials|methods"><title>2. What we did</title><p>Scans were made.</p><sec><title>Participants</title><p>600 of them.</p>
          <table-wrap><label>Table 1</label><caption><p>Ages.</p></caption><table><tr><td>9</td></tr></table></table-wrap></sec></sec>
          <sec><title>Results</title><p>One<xref ref-type="bibr">1</xref>.</p><p>Two.</p></sec>`,
      }),
    );
    expect(sections).toEqual([
      { name: '2. What we did', role: 'METHODS', text: 'Scans were made.' },
      { name: 'Participants', role: 'METHODS', text: '600 of them.' },
      { name: 'Results', role: 'RESULTS', text: 'One1.\nTwo.' },
      { name: 'Table 1', role: 'CAPTIONS', text: 'Ages.' },
    ]);
  });

  it.each([
    ['a section of the body', { body: '<sec sec-type="data-availability"><title>Data</title><p>At X.</p></sec>' }],
    ['a section behind it', { back: '<sec><title>Availability of data and materials</title><p>At X.</p></sec>' }],
    ['notes', { back: '<notes notes-type="data-availability"><title>Data</title><p>At X.</p></notes>' }],
    ['a footnote', { back: '<fn-group><fn><p><bold>Data availability:</bold> At X.</p></fn></fn-group>' }],
    ['a typed footnote', { back: '<fn-group><fn fn-type="data-availability"><p>At X.</p></fn></fn-group>' }],
  ])('says where its data are from %s', (_, parts) => {
    const found = readJats(jats(parts)).sections.filter(({ role }) => role === 'DATA_AVAILABILITY');
    expect(found).toHaveLength(1);
    expect(found[0]?.text).toContain('At X.');
  });

  it('has references with their ids', () => {
    const { references } = readJats(
      jats({
        back: `<ref-list><ref><element-citation><person-group><name><surname>Roe</surname><given-names>R</given-names></name></person-group>
          <article-title>Old</article-title><year>2001</year><pub-id pub-id-type="pmid">77</pub-id><pub-id pub-id-type="doi">10.1000/OLD</pub-id></element-citation></ref></ref-list>`,
      }),
    );
    expect(references).toEqual([{ text: 'Roe R Old 2001 77 10.1000/OLD', pmid: '77', doi: '10.1000/old' }]);
  });

  it('reads characters by the names that its document type defines', () => {
    expect(readJats(jats({ title: '&alpha;-synuclein&nbsp;&ndash; a study' })).title).toBe('α-synuclein – a study');
  });

  it.each([
    ['a bomb of entities', '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">', '&b;'],
    ['an external entity', '<!ENTITY x SYSTEM "file:///etc/passwd">', '&x;'],
  ])('refuses %s', (_, subset, title) => {
    const xml = jats({ title }).replace(/<!DOCTYPE[^>]*>/, `<!DOCTYPE article [${subset}]>`);
    expect(() => readJats(xml)).toThrow(/not well-formed XML.*entity/);
  });
});

describe('the role of a section', () => {
  it.each([
    ['Data and code availability', 'DATA_AVAILABILITY'],
    ['Availability of data and materials', 'DATA_AVAILABILITY'],
    ['Data sharing statement', 'DATA_AVAILABILITY'],
    ['2.1. MRI data acquisition', 'METHODS'],
    ['Materials and Methods', 'METHODS'],
    ['Participants', 'METHODS'],
    ['III. Results', 'RESULTS'],
    ['Results and discussion', 'RESULTS'],
    ['Conclusion', 'DISCUSSION'],
    ['Background', 'INTRODUCTION'],
    ['Supplementary Material', 'OTHER'],
    ['Competing interests', 'OTHER'],
    ['Declaration of competing interest', 'OTHER'],
    ['Supporting information', 'OTHER'],
    ['Supplementary materials and methods', 'OTHER'],
    ['Ethics statement', 'OTHER'],
    ['Behavioural data', 'METHODS'],
    ['Future directions', 'DISCUSSION'],
    ['Regions of interest', undefined],
    ['Seasonal rainfall', undefined],
  ])('of %s is %s', (heading, role) => expect(roleOfHeading(heading)).toBe(role));
});

describe('the role of a heading', () => {
  it('that means one thing here and another there is that of what it stands in', () => {
    const body =
      '<sec><title>Results</title><p>A.</p><sec><title>Behavioural data</title><p>B.</p></sec></sec><sec><title>Behavioural data</title><p>C.</p></sec>';
    const roles = readJats(jats({ body })).sections.map(({ role, text }) => `${text} ${role ?? ''}`);
    expect(roles).toEqual(['A. RESULTS', 'B. RESULTS', 'C. METHODS']);
  });

  it('is told of no more than its beginning, however long it is', () => {
    expect(roleOfHeading('data '.repeat(200_000))).toBe('METHODS');
  });
});

describe('taking full texts in', () => {
  it('reads files and packed files, and rejects one that is broken by its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mia-jats-'));
    try {
      writeFileSync(join(folder, 'a.nxml'), jats());
      writeFileSync(join(folder, 'b.xml.gz'), gzipSync(jats().replace('>456<', '>457<')));
      writeFileSync(join(folder, 'c.xml'), jats().slice(0, 400));
      const intake = new MemoryLiterature();
      const tally = await ingestJats({ places: [folder] }, intake);
      expect(tally).toMatchObject({ accepted: 2, rejected: 1 });
      expect(tally.rejections[0]).toMatchObject({
        sourceId: 'c.xml',
        error: expect.stringMatching(/c\.xml is not well-formed/),
      });
      expect(await ingestJats({ places: [folder] }, intake)).toMatchObject({ accepted: 0, passedOver: 3 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.skipIf(!existsSync(recorded))(
    'reads eight real articles (../shared/data/jats; skipped where they are not)',
    async () => {
      const files = readdirSync(recorded).filter((name) => name.endsWith('.nxml'));
      const intake = new MemoryLiterature();
      await ingestJats({ places: files.map((name) => join(recorded, name)) }, intake);
      expect(intake.articles).toHaveLength(files.length);
      for (const { title, abstract, sections, references, authors, pmid, doi } of intake.articles) {
        expect([title, abstract, pmid, doi].every((value) => value !== undefined && value !== '')).toBe(true);
        expect(sections.some(({ role }) => role === 'METHODS' || role === 'RESULTS')).toBe(true);
        expect(Math.min(references.length, authors.length)).toBeGreaterThan(0);
      }
    },
  );
});
