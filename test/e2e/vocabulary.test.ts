import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadShippedVocabulary } from '../../bin/load-shipped.ts';
import { record, takeRecords } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let following: Promise<void>;
let steward: string;
const stop = new AbortController();

const neoplasms = 'http://id.nlm.nih.gov/mesh/D009369';
const carcinoma = 'http://id.nlm.nih.gov/mesh/D002277';
const fields = 'concept { iri label synonyms broader { iri } version edited } datasetsConcerned';
const mutation = (name: string): string =>
  `mutation($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${fields} } }`;

async function change(name: string, input: object, token: string | undefined = steward): Promise<any> {
  const { data, errors } = await catalog.ask(mutation(name), { input }, token);
  const [error] = errors ?? [];
  return error === undefined ? data[name] : { refused: error.extensions, message: error.message };
}
interface Term {
  readonly iri: string;
  readonly label: string;
  readonly synonyms: readonly string[];
  readonly broader: readonly { readonly iri: string }[];
  readonly version: number;
  readonly edited: boolean;
}

async function term(iri: string): Promise<Term> {
  const { data } = await catalog.ask(
    `query($search: String!) { vocabulary(search: $search) { nodes { iri label synonyms broader { iri } version edited } } }`,
    { search: iri },
    steward,
  );
  return data.vocabulary.nodes.find((node: any) => node.iri === iri);
}
async function labels(search: string, token?: string): Promise<string[]> {
  const { data } = await catalog.ask(
    'query($search: String!) { vocabulary(search: $search) { nodes { label } } }',
    { search },
    token,
  );
  return data.vocabulary.nodes.map((node: any) => node.label);
}
async function found(text: string): Promise<any> {
  const { data, errors } = await catalog.ask(
    `query($text: String!) { searchDatasets(text: $text, facets: [{ field: CONDITION }]) { edges { node { slug } }
      facets { buckets { label } } meta { expansions { label key } didYouMean } } }`,
    { text },
  );
  expect(errors).toBeUndefined();
  return data.searchDatasets;
}
async function caughtUp(): Promise<void> {
  await vi.waitFor(
    async () => expect(Object.values(await catalog.app.search.verify()).every((ids) => ids.length === 0)).toBe(true),
    { timeout: 60_000, interval: 100 },
  );
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-vocabulary-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home });
  await loadShippedVocabulary(catalog.app);
  await catalog.app.search.warm();
  following = catalog.app.search.follow(stop.signal);
  steward = await catalog.token('STEWARD');
  await takeRecords(
    catalog,
    [
      record('wombat', { slug: 'wombat', title: 'Wombat scans', conditions: ['Zorbulon disease'] }),
      record('quokka', { slug: 'quokka', title: 'Quokka scans', conditions: ['Carcinoma'] }),
    ],
    { publish: true },
  );
  await takeRecords(catalog, [record('draft', { slug: 'draft', title: 'Draft', conditions: ['Xylophobia'] })]);
  await caughtUp();
}, 180_000);
afterAll(async () => {
  stop.abort();
  await following;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

describe('the vocabulary', () => {
  it('is listed by label, searched, and paged', async () => {
    const page = `query($after: String) { vocabulary(scheme: "MESH", first: 2, after: $after) { edges { cursor } nodes { label } pageInfo { hasNextPage endCursor } totalCount { ... on ExactCount { value } } } }`;
    const first = (await catalog.ask(page, {})).data.vocabulary;
    const second = (await catalog.ask(page, { after: first.pageInfo.endCursor })).data.vocabulary;
    const names = [...first.nodes, ...second.nodes].map(({ label }: any) => label.toLowerCase());
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(4);
    expect(first.totalCount.value).toBeGreaterThan(50);
    expect(await labels('malignant tumour')).toContain('Neoplasms');
  });

  it('tells nobody but stewards of terms that only a draft has', async () => {
    expect(await labels('xylophobia')).toEqual([]);
    expect(await labels('xylophobia', steward)).toEqual(['Xylophobia']);
    expect(await labels('zorbulon')).toEqual(['Zorbulon disease']);
    expect((await found('xylophobia')).meta.expansions).toEqual([]);
    expect((await found('xylophobya')).meta.didYouMean).toBeNull();
    expect((await found('zorbulon disease')).meta.expansions).toHaveLength(1);
  });

  it('tells everybody of a term for as long as a public record has it, whatever else has it', async () => {
    const seen = async (): Promise<string[]> => await labels('yaffle phobia');
    const take = async (slug: string, conditions: string[], publish: boolean): Promise<unknown> =>
      await takeRecords(catalog, [record(slug, { slug, title: slug, conditions })], { publish });
    await take('yaffle-draft', ['Yaffle phobia'], false);
    await take('yaffle', ['Carcinoma'], true);
    expect(await seen()).toEqual([]);
    // Neither the terms nor the number of published records change from here on.
    await take('yaffle', ['Carcinoma', 'Yaffle phobia'], true);
    await vi.waitFor(async () => expect(await seen()).toEqual(['Yaffle phobia']), { timeout: 10_000 });
    await take('yaffle', [], true);
    await vi.waitFor(async () => expect(await seen()).toEqual([]), { timeout: 10_000 });
  });

  it('is edited by stewards of the catalog alone', async () => {
    const input = { iri: carcinoma, expectedVersion: 1, patch: { label: 'X' } };
    const researcher = await catalog.token('RESEARCHER');
    for (const [name, given] of [
      ['editConcept', input],
      ['addConcept', { label: 'X' }],
      ['retireConcept', { iri: carcinoma, expectedVersion: 1 }],
    ] as const) {
      expect((await change(name, given, researcher)).refused.code).toBe('FORBIDDEN');
      const { errors } = await catalog.ask(mutation(name), { input: given });
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
  });
});

describe('an edit of a term', () => {
  it('counts at once in questions and filters, and reaches the index', async () => {
    expect((await found('grumbletumour')).edges).toEqual([]);
    const { version, synonyms } = await term(carcinoma);
    const edited = await change('editConcept', {
      iri: carcinoma,
      expectedVersion: version,
      patch: { synonyms: [...synonyms, 'grumbletumour'] },
    });
    expect(edited).toMatchObject({ concept: { version: version + 1, edited: true }, datasetsConcerned: 1 });
    expect((await found('grumbletumour')).meta.expansions).toMatchObject([{ label: 'Carcinoma', key: carcinoma }]);
    const filtered = await catalog.ask(
      '{ datasets(where: { condition: { anyOf: ["grumbletumour"] } }) { nodes { slug } } }',
    );
    expect(filtered.data.datasets.nodes).toEqual([{ slug: 'quokka' }]);
    await caughtUp();
    const answer = await found('grumbletumour');
    expect(answer.edges.map((edge: any) => edge.node.slug)).toEqual(['quokka']);
  });

  it('counts within seconds in another process, in filters and in how questions are read', async () => {
    const other = await catalog.beside({ MIA_HOME: home, MIA_MODEL: 'none' });
    try {
      const filtered = async (): Promise<unknown> => {
        const query = '{ datasets(where: { condition: { anyOf: ["snarkoma"] } }) { nodes { slug } } }';
        const { data, errors } = await other.ask(query);
        return errors?.[0]?.extensions.code ?? data.datasets.nodes;
      };
      const read = '{ searchDatasets(text: "snarkoma") { meta { expansions { key } } } }';
      // The other process has read the vocabulary before it changes.
      expect((await other.ask(read)).data.searchDatasets.meta.expansions).toEqual([]);
      expect(await filtered()).not.toEqual([{ slug: 'quokka' }]);
      const { version, synonyms } = await term(carcinoma);
      const patch = { synonyms: [...synonyms, 'snarkoma'] };
      await change('editConcept', { iri: carcinoma, expectedVersion: version, patch });
      await vi.waitFor(async () => expect(await filtered()).toEqual([{ slug: 'quokka' }]), { timeout: 10_000 });
      expect((await other.ask(read)).data.searchDatasets.meta.expansions).toEqual([{ key: carcinoma }]);
    } finally {
      await other.close();
    }
  });

  it('is refused for another version, for a label that is taken, and where a term would be broader than itself', async () => {
    const { version } = await term(neoplasms);
    const edit = async (patch: object, expectedVersion = version): Promise<any> =>
      await change('editConcept', { iri: neoplasms, expectedVersion, patch });
    expect((await edit({ label: 'Y' }, version + 7)).refused).toMatchObject({
      code: 'CONFLICT',
      details: { expectedVersion: version + 7, currentVersion: version },
    });
    expect((await edit({ label: 'carcinoma' })).refused.code).toBe('CONFLICT');
    const cycle = await edit({ broader: [carcinoma] });
    expect(cycle.refused.code).toBe('BAD_USER_INPUT');
    expect(cycle.message).toContain('Neoplasms → Carcinoma → Neoplasms');
    expect((await edit({ broader: ['urn:nowhere'] })).refused.code).toBe('BAD_USER_INPUT');
    expect((await edit({ synonyms: ['\0'] })).refused.code).toBe('BAD_USER_INPUT');
    expect((await term(neoplasms)).version).toBe(version);
  });

  it('outranks the shipped vocabulary at the next start', async () => {
    const { version } = await term(neoplasms);
    await change('editConcept', { iri: neoplasms, expectedVersion: version, patch: { label: 'Growths' } });
    await loadShippedVocabulary(catalog.app);
    expect(await term(neoplasms)).toMatchObject({ label: 'Growths', edited: true });
    expect((await term(carcinoma)).synonyms).toContain('grumbletumour');
    expect((await term(carcinoma)).broader).toEqual([{ iri: neoplasms }]);
  });

  it('is in the audit trail', async () => {
    const admin = await catalog.token('ADMIN');
    const { data } = await catalog.ask('{ auditEntries(first: 200) { nodes { action outcome } } }', {}, admin);
    const done = data.auditEntries.nodes.filter(({ action }: any) => action === 'concept.edit');
    expect(new Set(done.map(({ outcome }: any) => outcome))).toEqual(new Set(['DONE', 'REFUSED']));
  });
});

describe('a word of the vocabulary', () => {
  it('corrects a spelling only for those who see a record that holds it', async () => {
    const corrected = async (token?: string): Promise<unknown> => {
      const query = '{ searchDatasets(text: "schizophrenai") { meta { didYouMean engine } } }';
      return (await catalog.ask(query, {}, token)).data.searchDatasets.meta;
    };
    const slug = 'mulgara';
    await takeRecords(catalog, [record(slug, { slug, title: 'Schizophrenia scans' })]);
    await caughtUp();
    expect(await corrected()).toEqual({ didYouMean: null, engine: 'sqlite' });
    expect(await corrected(steward)).toEqual({ didYouMean: 'schizophrenia', engine: 'sqlite' });
  });
});

describe('a retired term', () => {
  it('is refused while datasets have it, unless another takes over its names and datasets', async () => {
    const { iri, version } = await term('urn:mia:concept:zorbulon-disease');
    const alone = await change('retireConcept', { iri, expectedVersion: version });
    expect(alone.refused).toMatchObject({ code: 'CONFLICT', details: { datasets: ['wombat'] } });
    const merged = await change('retireConcept', { iri, expectedVersion: version, replacedBy: carcinoma });
    expect(merged.concept.synonyms).toContain('Zorbulon disease');
    const { data } = await catalog.ask('{ dataset(slug: "wombat") { conditions { iri } } }');
    expect(data.dataset.conditions).toEqual([{ iri: carcinoma }]);
    expect(await term(iri)).toBeUndefined();
    await caughtUp();
    const answer = await found('zorbulon disease');
    expect(answer.edges.map((edge: any) => edge.node.slug).sort()).toEqual(['quokka', 'wombat']);
    expect(answer.facets[0].buckets.map(({ label }: any) => label)).toEqual(['Carcinoma']);
  });

  it('is not brought back by the shipped vocabulary, but by a steward', async () => {
    const added = await change('addConcept', { label: 'Grelbitis', broader: [neoplasms], iri: 'urn:test:grelbitis' });
    expect(added.concept).toMatchObject({ version: 1, broader: [{ iri: neoplasms }] });
    expect((await change('addConcept', { label: 'Other', iri: 'urn:test:grelbitis' })).refused.code).toBe('CONFLICT');
    expect((await change('retireConcept', { iri: 'urn:test:grelbitis', expectedVersion: 1 })).concept).toBeNull();
    const unused = await term('http://id.nlm.nih.gov/mesh/D009362');
    await change('retireConcept', { iri: unused.iri, expectedVersion: unused.version });
    await loadShippedVocabulary(catalog.app);
    expect(await term(unused.iri)).toBeUndefined();
    const again = await change('addConcept', { label: 'Grelbitis', iri: 'urn:test:grelbitis' });
    expect(again.concept).toMatchObject({ version: 3, broader: [] });
  });
});
