import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { articleItem } from '../kit/articles.ts';
import { articlesIndexed, encodeAll, linkAll, takeArticles } from '../kit/literature.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let following: Promise<void>;
let researcher: string;
let steward: string;
let colleague: string;
const stop = new AbortController();

const text = 'Does hippocampal atrophy on MRI predict conversion to Alzheimer disease?';
const answering = articleItem({
  pmid: '1',
  title: 'Hippocampal atrophy on MRI predicts conversion to Alzheimer disease',
  abstract:
    'We ask whether hippocampal atrophy on MRI predicts conversion from mild cognitive impairment to Alzheimer disease. It does.',
  authors: [{ family: 'Doe', given: 'Jane', orcid: undefined, affiliations: [] }],
  journal: { title: '=NeuroImage', abbreviation: undefined, issn: undefined },
  year: 2019,
});
const unlike = articleItem({ pmid: '2', title: 'Wheat yields in dry years', abstract: 'Rain decides on yields.' });
const likewise = articleItem({
  pmid: '3',
  title: 'Does atrophy of the hippocampus on MRI predict Alzheimer disease?',
  abstract: 'Hippocampal atrophy on MRI was found to predict conversion to Alzheimer disease within two years.',
  year: 2022,
});

/** What a corpus is made of: in one of two papers no word is rare. */
const others = Array.from({ length: 20 }, (_, at) =>
  articleItem({ pmid: String(100 + at), title: `Soil sample ${at}`, abstract: 'Sand and clay of a field, by depth.' }),
);

const create = `mutation ($input: CreateQuestionInput!) { createQuestion(input: $input) { question { id version upToDate } } }`;
const read = `query ($id: ID!, $newSince: DateTime, $refused: Boolean) { question(id: $id) { text notes shared where version owner upToDate
  matches(newSince: $newSince, refused: $refused) { nodes { article { pmid } score matchedAt verdict } totalCount { ... on ExactCount { value } } } } }`;
const judge = `mutation ($input: JudgeArticleInput!) { judgeArticle(input: $input) { question { id } } }`;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-questions-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home, MIA_ARTICLE_VECTORS: 'none' });
  following = catalog.app.literature.index.follow(stop.signal);
  [researcher, steward] = [await catalog.token('RESEARCHER'), await catalog.token('STEWARD')];
  colleague = await catalog.token('GUEST');
  await takeArticles(catalog, 'pubmed', [answering, unlike, ...others]);
  await settled();
}, 120_000);
afterAll(async () => {
  stop.abort();
  await following;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

/** As the roles worker and embed leave it: no article is encoded before a question may match it. */
async function settled(): Promise<void> {
  do {
    await articlesIndexed(catalog);
    await linkAll(catalog);
  } while ((await encodeAll(catalog)) > 0);
}

async function ask(query: string, variables: object, token?: string): Promise<any> {
  const { data, errors } = await catalog.ask(query, { ...variables }, token);
  expect(errors).toBeUndefined();
  return data;
}
async function refused(query: string, variables: object, token?: string): Promise<string | undefined> {
  return (await catalog.ask(query, { ...variables }, token)).errors?.[0]?.extensions.code;
}
async function keep(input: object, token = researcher): Promise<string> {
  return (await ask(create, { input: { text, ...input } }, token)).createQuestion.question.id;
}
async function matchesOf(id: string, more: object = {}): Promise<any[]> {
  return (await ask(read, { id, ...more }, researcher)).question.matches.nodes;
}
const pmidsOf = (matches: readonly any[]): string[] => matches.map(({ article }) => article.pmid);
async function articleNode(pmid: string): Promise<string> {
  return (await ask('query ($pmid: String!) { article(pmid: $pmid) { id } }', { pmid })).article.id;
}

describe('a question', () => {
  it('is linked to the articles that answer it, and again when papers come', async () => {
    const id = await keep({ notes: 'for the review' });
    const before = (await ask(read, { id }, researcher)).question;
    expect(before).toMatchObject({
      text,
      notes: 'for the review',
      upToDate: false,
      version: 1,
      owner: 'test-researcher',
    });
    await settled();
    const [match, ...others] = await matchesOf(id);
    expect(others).toEqual([]);
    expect(match).toMatchObject({ article: { pmid: '1' }, verdict: null });
    expect(match.score).toBeGreaterThan(0.5);
    expect((await ask(read, { id }, researcher)).question.upToDate).toBe(true);

    const newSince = new Date().toISOString();
    await takeArticles(catalog, 'pubmed', [likewise]);
    await settled();
    expect(pmidsOf(await matchesOf(id)).sort()).toEqual(['1', '3']);
    expect(pmidsOf(await matchesOf(id, { newSince }))).toEqual(['3']);
  });

  it('takes only articles that pass its filter, compared anew when that changes', async () => {
    const id = await keep({ where: { year: { gte: 2020 } } });
    await settled();
    expect(pmidsOf(await matchesOf(id))).toEqual(['3']);
    const update = `mutation ($input: UpdateQuestionInput!) { updateQuestion(input: $input) { question { version where notes } } }`;
    const input = { id, expectedVersion: 1, where: {}, notes: null };
    expect((await ask(update, { input }, researcher)).updateQuestion.question).toEqual({
      version: 2,
      where: {},
      notes: null,
    });
    expect(await refused(update, { input }, researcher)).toBe('CONFLICT');
    await settled();
    expect(pmidsOf(await matchesOf(id)).sort()).toEqual(['1', '3']);
  });

  it('has a filter that can be tested; one kept before that was so holds up no other', async () => {
    const where = { mesh: { anyOf: Array.from({ length: 101 }, (_, at) => `Heading ${at}`) } };
    expect(await refused(create, { input: { text, where } }, researcher)).toBe('BAD_USER_INPUT');
    const id = await keep({});
    const update = `mutation ($input: UpdateQuestionInput!) { updateQuestion(input: $input) { question { id } } }`;
    expect(await refused(update, { input: { id, expectedVersion: 1, where } }, researcher)).toBe('BAD_USER_INPUT');
    await catalog.app.db.query('UPDATE question SET filter = $1 WHERE id = $2', [
      JSON.stringify(where),
      id.split(':')[1],
    ]);
    const other = await keep({});
    await settled();
    expect(pmidsOf(await matchesOf(other))).toContain('1');
    expect(await matchesOf(id)).toEqual([]);
  });

  it('learns what its expert refuses and accepts, and keeps that when papers come', async () => {
    const id = await keep({});
    await settled();
    const score = async (pmid: string): Promise<number> =>
      (await matchesOf(id, { refused: true })).find(({ article }) => article.pmid === pmid)?.score;
    const [one, three] = [await score('1'), await score('3')];
    await ask(judge, { input: { question: id, article: await articleNode('3'), verdict: 'NO' } }, researcher);
    await ask(judge, { input: { question: id, article: await articleNode('1'), verdict: 'YES' } }, researcher);
    await settled();
    expect(pmidsOf(await matchesOf(id))).toEqual(['1']);
    expect((await score('1')) - (await score('3'))).toBeGreaterThan(one - three);
    await takeArticles(catalog, 'pubmed', [articleItem({ pmid: '4', title: 'Barley yields', abstract: 'Rain.' })]);
    await settled();
    expect(pmidsOf(await matchesOf(id))).toEqual(['1']);
    await ask(judge, { input: { question: id, article: await articleNode('3'), verdict: null } }, researcher);
    await settled();
    expect(pmidsOf(await matchesOf(id))).toContain('1');
    expect(
      await refused(judge, { input: { question: id, article: 'Article:nonsense', verdict: 'YES' } }, researcher),
    ).toBe('NOT_FOUND');
  });

  it('is written as CSV and RIS, without formulas or broken lines', async () => {
    const id = await keep({ where: { year: { eq: 2019 } } });
    await settled();
    const { question } = await ask('query ($id: ID!) { question(id: $id) { csv ris } }', { id }, researcher);
    const [head, row] = question.csv.split('\r\n');
    expect(head).toBe('pmid,pmcid,doi,title,journal,year,score,verdict,matchedAt');
    expect(row).toContain("1,,,Hippocampal atrophy on MRI predicts conversion to Alzheimer disease,'=NeuroImage,2019,");
    expect(question.ris.split('\r\n')).toEqual(
      expect.arrayContaining(['TY  - JOUR', 'AU  - Doe, Jane', 'PY  - 2019', 'AN  - 1', 'ER  - ']),
    );
  });

  it('tells who listens of articles as they are found', async () => {
    const id = await keep({});
    await settled();
    const response = await fetch(`${catalog.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${researcher}`,
      },
      body: JSON.stringify({ query: `subscription { questionMatched(id: "${id}") { pmid } }` }),
    });
    const reader = response.body?.getReader();
    let heard = Buffer.from((await reader?.read())?.value ?? []).toString();
    const fresh = articleItem({
      pmid: '5',
      title: text,
      abstract: 'Hippocampal atrophy on MRI predicts Alzheimer disease.',
    });
    await takeArticles(catalog, 'pubmed', [fresh]);
    await settled();
    while (!heard.includes('questionMatched')) heard += Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(heard).toContain('{"pmid":"5"}');
    await reader?.cancel();
  });
});

describe('whose a question is', () => {
  const found = async (id: string, token?: string): Promise<boolean[]> => {
    const { question, node, questions } = await ask(
      'query ($id: ID!) { question(id: $id) { id } node(id: $id) { id } questions { id } }',
      { id },
      token,
    );
    return [question !== null, node !== null, questions.some((each: any) => each.id === id)];
  };

  it('is its owner’s and the stewards’, and not there for anybody else', async () => {
    const id = await keep({});
    expect(await found(id, researcher)).toEqual([true, true, true]);
    expect(await found(id, steward)).toEqual([true, true, true]);
    expect(await found(id, colleague)).toEqual([false, false, false]);
    expect(await found(id)).toEqual([false, false, false]);
    const input = { id };
    const remove = 'mutation ($input: DeleteQuestionInput!) { deleteQuestion(input: $input) { question { id } } }';
    expect(await refused(remove, { input }, colleague)).toBe('NOT_FOUND');
    expect(await refused(remove, { input })).toBe('UNAUTHENTICATED');
    expect(await refused(create, { input: { text } })).toBe('UNAUTHENTICATED');
    await ask(remove, { input }, researcher);
    expect(await found(id, researcher)).toEqual([false, false, false]);
  });

  it('is read, and no more, by everybody who is signed in where it is shared', async () => {
    const id = await keep({ shared: true });
    expect(await found(id, colleague)).toEqual([true, true, true]);
    expect(await found(id)).toEqual([false, false, false]);
    const input = { question: id, article: await articleNode('1'), verdict: 'NO' };
    expect(await refused(judge, { input }, colleague)).toBe('FORBIDDEN');
    expect(await refused(judge, { input })).toBe('UNAUTHENTICATED');
  });

  it('streams nothing to whom it is not there for', async () => {
    const id = await keep({});
    const response = await fetch(`${catalog.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${colleague}`,
      },
      body: JSON.stringify({ query: `subscription { questionMatched(id: "${id}") { pmid } }` }),
    });
    expect(await response.text()).toContain('NOT_FOUND');
  });

  it.each([[{ text: ' ' }], [{ text: 'x'.repeat(2_001) }], [{ notes: 'x'.repeat(20_001) }]])(
    'refuses a question that is none',
    async (input) => {
      expect(await refused(create, { input: { text, ...input } }, researcher)).toBe('BAD_USER_INPUT');
    },
  );

  it('follows its article when two turn out to be one', async () => {
    const id = await keep({});
    await takeArticles(catalog, 'jats', [
      articleItem({ doi: '10.1/q', title: text, abstract: 'Atrophy on MRI predicts Alzheimer disease.' }),
    ]);
    const article = (await ask('{ article(doi: "10.1/q") { id } }', {})).article.id;
    await ask(judge, { input: { question: id, article, verdict: 'YES' } }, researcher);
    await takeArticles(catalog, 'pubmed', [articleItem({ pmid: '6', title: text })]);
    await takeArticles(catalog, 'europepmc', [articleItem({ pmid: '6', doi: '10.1/q', title: text })]);
    await settled();
    const match = (await matchesOf(id)).find((each) => each.article.pmid === '6');
    expect(match).toMatchObject({ verdict: 'YES' });
  });
});
