import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { articleItem } from '../kit/articles.ts';
import { mustDo, nodeIdOf, versionOf } from '../kit/curate.ts';
import { introducing, mineAll, takeArticles, using } from '../kit/paper-texts.ts';
import { codeOf } from '../kit/people.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let steward: string;
let guest: string;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  steward = await catalog.token('STEWARD');
  guest = await catalog.token('RESEARCHER');
  await takeArticles(catalog, [introducing, using]);
  await mineAll(catalog);
});
afterAll(async () => await catalog.close());

const shown = `id state title acronym version score articleCount reason aliases dataset { slug } similar { slug }
  fields { name value confidence method evidence { text section start end matchStart matchEnd source article { pmid title abstract sections { text } } } }
  mentions { text start end kind role article { pmid } }`;

async function candidates(where: object = {}): Promise<any[]> {
  const { data, errors } = await catalog.ask(
    `query ($where: CandidateWhere) { candidates(where: $where, first: 100) { nodes { ${shown} } } }`,
    { where },
    steward,
  );
  expect(errors).toBeUndefined();
  return data.candidates.nodes;
}

async function candidateOf(text: string): Promise<any> {
  const [found] = await candidates({ text });
  expect(found).toBeDefined();
  return found;
}

async function decide(mutation: 'accept' | 'merge' | 'reject', input: object, token: string | null = steward) {
  const type = mutation.charAt(0).toUpperCase() + mutation.slice(1);
  const payload =
    mutation === 'reject'
      ? 'candidate { id state reason version }'
      : `dataset { id slug title description acronym status
    alternativeTitles modalities { code } conditions { label } accessClass license { spdxId } identifiers { scheme value }
    publications { role pmid doi } counts { measure count { ... on ExactCount { value source confirmed } } }
    origins { field source kind evidence { text start end article { pmid } } } }`;
  return await catalog.ask(
    `mutation ($input: ${type}CandidateInput!) { ${mutation}Candidate(input: $input) { ${payload} } }`,
    { input },
    token ?? undefined,
  );
}

/** What a paper holds from one code point to another. */
function standsIn(article: any, { start, end }: { readonly start: number; readonly end: number }): string {
  const text = [article.title, article.abstract ?? '', ...article.sections.map((section: any) => section.text)].join(
    '\n\n',
  );
  return Array.from(text).slice(start, end).join('');
}

/** A paper about a dataset of its own. */
function paperOn(name: string, acronym: string, pmid: string) {
  return articleItem({
    pmid,
    year: 2022,
    title: `The ${name}: an open resource`,
    abstract: `We present the ${name} (${acronym}) dataset, a new public dataset. The ${name} dataset contains CT scans of 120 patients. We used the ${name} dataset to train a model.`,
  });
}

describe('candidates', () => {
  it('propose what papers introduce, each value with a sentence that stands in its paper', async () => {
    const candidate = await candidateOf('Danube Infant');
    expect(candidate).toMatchObject({
      state: 'OPEN',
      title: 'Danube Infant Motion Archive',
      acronym: 'DIMA',
      articleCount: 2,
    });
    const values = Object.fromEntries(candidate.fields.map(({ name, value }: any) => [name, value]));
    expect(values).toMatchObject({ subjectCount: 412, accessClass: 'OPEN', license: 'CC-BY-4.0' });
    expect(values['modalities']).toContain('FMRI');
    expect(values['identifiers']).toContain('doi:10.18112/openneuro.ds004321.v1.0.0');
    for (const { evidence } of candidate.fields) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const { article, text, start, end, matchStart, matchEnd, source } of evidence) {
        expect(source).toBe('ARTICLE');
        expect(standsIn(article, { start, end })).toBe(text);
        expect(text).toContain(standsIn(article, { start: matchStart, end: matchEnd }));
      }
    }
  });

  it('count offsets in code points, also behind a character of two units', async () => {
    const { data } = await catalog.ask(
      '{ article(pmid: "90000002") { title abstract sections { text } mentions { text start end role } } }',
    );
    const late = data.article.mentions.filter(
      ({ start }: any) => Number(start) > String(data.article.abstract).indexOf('🧠') + 28,
    );
    expect(late.length).toBeGreaterThan(0);
    for (const mention of data.article.mentions) expect(standsIn(data.article, mention)).toBe(mention.text);
  });

  it('keep their id and their state when papers are read again, and nothing is read twice for nothing', async () => {
    const before = await candidateOf('Danube Infant');
    await takeArticles(catalog, [introducing, using], 'again');
    expect(await mineAll(catalog)).toMatchObject({ mined: 0 });
    await catalog.app.db.query('UPDATE article_mining SET stale = true');
    expect((await mineAll(catalog)).mined).toBeGreaterThan(0);
    expect(await candidateOf('Danube Infant')).toEqual(before);
  });

  it('are for stewards of the catalog alone', async () => {
    const { id } = await candidateOf('Danube Infant');
    for (const [token, code] of [
      [null, 'UNAUTHENTICATED'],
      [guest, 'FORBIDDEN'],
    ] as const) {
      expect(codeOf(await catalog.ask('{ candidates { nodes { id } } }', {}, token ?? undefined))).toBe(code);
      expect(codeOf(await decide('reject', { id, reason: 'no' }, token))).toBe(code);
      expect(codeOf(await decide('accept', { id }, token))).toBe(code);
      expect(codeOf(await decide('merge', { id, dataset: nodeIdOf('abide') }, token))).toBe(code);
      const { data } = await catalog.ask('query ($id: ID!) { node(id: $id) { id } }', { id }, token ?? undefined);
      expect(data.node).toBeNull();
    }
  });
});

describe('acceptCandidate', () => {
  it('makes a draft of papers’ words and the steward’s corrections, which is found and asked for once it is published', async () => {
    const { id, version } = await candidateOf('Danube Infant');
    const answer = await decide('accept', {
      id,
      expectedVersion: version,
      slug: 'dima',
      fields: [
        { name: 'title' },
        { name: 'acronym' },
        { name: 'modalities' },
        { name: 'conditions' },
        { name: 'subjectCount' },
        { name: 'identifiers' },
        { name: 'license' },
        { name: 'accessClass', value: 'OPEN_NON_COMMERCIAL' },
      ],
    });
    expect(answer.errors).toBeUndefined();
    const { dataset } = answer.data.acceptCandidate;
    expect(dataset).toMatchObject({
      slug: 'dima',
      status: 'DRAFT',
      title: 'Danube Infant Motion Archive',
      accessClass: 'OPEN_NON_COMMERCIAL',
      license: { spdxId: 'CC-BY-4.0' },
    });
    expect(dataset.identifiers).toContainEqual({ scheme: 'DOI', value: '10.18112/openneuro.ds004321.v1.0.0' });
    expect(dataset.publications).toContainEqual({ role: 'DESCRIBES', pmid: '90000001', doi: '10.5555/linz.1' });
    const origins = new Map<string, any>(dataset.origins.map((origin: any) => [origin.field, origin]));
    expect(origins.get('accessClass')).toMatchObject({ kind: 'STEWARD', evidence: [] });
    expect(origins.get('title')).toMatchObject({ kind: 'PAPER', source: 'papers' });
    expect(origins.get('counts').evidence[0]).toMatchObject({ text: expect.stringContaining('412 participants') });
    expect(await candidateOf('Danube Infant')).toMatchObject({ state: 'ACCEPTED', dataset: { slug: 'dima' } });

    const guestSees = await catalog.ask('{ article(pmid: "90000001") { mentions { dataset { slug } } } }');
    expect(guestSees.data.article.mentions.every((mention: any) => mention.dataset === null)).toBe(true);
    await mustDo(
      catalog,
      'publishDataset',
      { id: dataset.id, expectedVersion: await versionOf(catalog, 'dima') },
      steward,
    );
    await mineAll(catalog);
    await catalog.app.search.rebuild();
    const { data, errors } = await catalog.ask(`{
      searchDatasets(text: "fetal motion archive") { edges { node { slug } } }
      ask(question: "Which dataset has fMRI of autism with between 400 and 420 participants?") {
        abstained datasets { node { slug } evidence { text source start end article { pmid title abstract sections { text } } } } }
      dataset(slug: "dima") {
        mentions(first: 50) { totalCount { ... on ExactCount { value } } nodes { text dataset { slug } article { pmid } } }
        papers { nodes { article { pmid } role mentionCount } }
        usageOverTime { year role articles } } }`);
    expect(errors).toBeUndefined();
    expect(data.searchDatasets.edges[0].node.slug).toBe('dima');
    expect(data.ask.datasets.map(({ node }: any) => node.slug)).toEqual(['dima']);
    const fromPapers = data.ask.datasets[0].evidence.filter(({ source }: any) => source === 'ARTICLE');
    expect(fromPapers.length).toBeGreaterThan(0);
    for (const { article, text, start, end } of fromPapers) expect(standsIn(article, { start, end })).toBe(text);
    expect(data.dataset.papers.nodes.map(({ article }: any) => article.pmid)).toEqual(['90000002', '90000001']);
    expect(data.dataset.mentions.totalCount.value).toBe(data.dataset.mentions.nodes.length);
    expect(data.dataset.usageOverTime.map(({ year, articles }: any) => [year, articles])).toEqual([
      [2023, 1],
      [2024, 1],
    ]);
    expect((await candidates({ state: 'OPEN', text: 'Danube' })).length).toBe(0);
  });

  it('takes the first of two stewards, and tells the second', async () => {
    await takeArticles(catalog, [paperOn('Traun Valley Imaging Archive', 'TVIA', '90000010')], 'two');
    await mineAll(catalog);
    const { id } = await candidateOf('Traun Valley');
    const answers = await Promise.all([decide('accept', { id }), decide('reject', { id, reason: 'Not ours.' })]);
    const codes = answers.map(codeOf);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(1);
  });

  it('refuses what it cannot make a record of, and leaves the candidate open', async () => {
    await takeArticles(catalog, [paperOn('Enns Gorge Imaging Archive', 'EGIA', '90000011')], 'refused');
    await mineAll(catalog);
    const { id, version } = await candidateOf('Enns Gorge');
    const tries: readonly (readonly [object, string])[] = [
      [{ fields: [{ name: 'colour' }] }, 'BAD_USER_INPUT'],
      [{ fields: [{ name: 'license' }] }, 'BAD_USER_INPUT'],
      [{ fields: [{ name: 'subjectCount', value: 'many' }] }, 'BAD_USER_INPUT'],
      [{ fields: [{ name: 'modalities', value: ['TELEPATHY'] }] }, 'BAD_USER_INPUT'],
      [{ slug: 'abide' }, 'CONFLICT'],
      [{ expectedVersion: Number(version) + 1 }, 'CONFLICT'],
    ];
    for (const [input, code] of tries) expect(codeOf(await decide('accept', { id, ...input }))).toBe(code);
    expect(await candidateOf('Enns Gorge')).toMatchObject({ state: 'OPEN', version });
    const rows = await catalog.app.db.query("SELECT 1 FROM dataset WHERE slug LIKE 'egia%' OR slug LIKE 'enns%'");
    expect(rows).toEqual([]);
  });
});

describe('mergeCandidate', () => {
  it('gives the dataset its names and papers, and later papers of that name', async () => {
    await takeArticles(catalog, [paperOn('Steyr Autism Connectome Archive', 'SACA', '90000020')], 'merge');
    await mineAll(catalog);
    const { id } = await candidateOf('Steyr Autism');
    const answer = await decide('merge', { id, dataset: nodeIdOf('abide') });
    expect(answer.errors).toBeUndefined();
    const { dataset } = answer.data.mergeCandidate;
    expect(dataset.alternativeTitles).toEqual(expect.arrayContaining(['ABIDE I', 'Steyr Autism Connectome Archive']));
    expect(dataset.publications).toContainEqual({ role: 'USES', pmid: '90000020', doi: null });
    await takeArticles(
      catalog,
      [
        articleItem({
          pmid: '90000021',
          title: 'More',
          abstract: 'We used the Steyr Autism Connectome Archive dataset.',
        }),
      ],
      'merge-later',
    );
    await mineAll(catalog);
    const { data } = await catalog.ask('{ article(pmid: "90000021") { mentions { dataset { slug } } } }');
    expect(data.article.mentions[0].dataset).toEqual({ slug: 'abide' });
    expect(await candidates({ state: 'OPEN', text: 'Steyr' })).toEqual([]);
  });

  it('finds no dataset that is none', async () => {
    const { id } = await candidateOf('Enns Gorge');
    expect(codeOf(await decide('merge', { id, dataset: nodeIdOf('no-such') }))).toBe('NOT_FOUND');
    expect(codeOf(await decide('merge', { id: nodeIdOf('abide'), dataset: nodeIdOf('abide') }))).toBe('NOT_FOUND');
  });
});

describe('rejectCandidate', () => {
  it('needs a reason, and holds against reading again and other names', async () => {
    const paper = paperOn('Krems Retina Archive', 'KRAX', '90000030');
    await takeArticles(catalog, [paper], 'reject');
    await mineAll(catalog);
    const { id } = await candidateOf('Krems Retina');
    expect(codeOf(await decide('reject', { id, reason: '  ' }))).toBe('BAD_USER_INPUT');
    const answer = await decide('reject', { id, reason: 'It is a journal, not a dataset.' });
    expect(answer.data.rejectCandidate.candidate).toMatchObject({ state: 'REJECTED' });
    expect(codeOf(await decide('accept', { id }))).toBe('CONFLICT');
    await takeArticles(
      catalog,
      [
        articleItem({
          pmid: '90000031',
          title: 'Using it again',
          abstract:
            'We used the Krems Retina Archive (KRAX) dataset. The KRAX dataset was split into halves. Models were trained on KRAX data.',
        }),
      ],
      'reject-later',
    );
    await catalog.app.db.query('UPDATE article_mining SET stale = true');
    await mineAll(catalog);
    expect(await candidates({ state: 'OPEN', text: 'Krems' })).toEqual([]);
    expect(await candidates({ state: 'OPEN', text: 'krax' })).toEqual([]);
    expect(await candidates({ state: 'REJECTED', text: 'Krems' })).toHaveLength(1);
  });
});

describe('decisions', () => {
  it('are in the audit trail, and can be read as examples to learn from', async () => {
    const admin = await catalog.token('ADMIN');
    const { data } = await catalog.ask('{ auditEntries(first: 200) { nodes { action outcome } } }', {}, admin);
    const done = data.auditEntries.nodes
      .filter(({ outcome }: any) => outcome === 'DONE')
      .map(({ action }: any) => action);
    expect(done).toEqual(
      expect.arrayContaining(['candidate.accept', 'candidate.merge', 'candidate.reject', 'dataset.draft']),
    );
    const states: string[] = [];
    for await (const { candidate, detail } of catalog.app.literature.discovery.candidates.decisions()) {
      expect(detail).toBeTypeOf('object');
      states.push(candidate.state);
    }
    expect(new Set(states)).toEqual(new Set(['ACCEPTED', 'MERGED', 'REJECTED']));
  });
});
