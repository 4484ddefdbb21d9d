import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { record, takeRecords } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let projecting: Promise<void>;
let researcher: string;
let steward: string;
const stop = new AbortController();

const create = `mutation($input: CreateSavedSearchInput!) { createSavedSearch(input: $input) { savedSearch { id name text where literal ignoreWords createdAt seenAt } } }`;
const list = `{ savedSearches { id name newHits { node { slug } } } }`;

async function keep(input: object, token?: string): Promise<any> {
  return await catalog.ask(create, { input }, token);
}
async function newOf(name: string, token: string): Promise<string[]> {
  const { data, errors } = await catalog.ask(list, {}, token);
  expect(errors).toBeUndefined();
  const kept = data.savedSearches.find((search: any) => search.name === name);
  return kept.newHits.map((hit: any) => hit.node.slug).sort();
}
async function caughtUp(): Promise<void> {
  await vi.waitFor(
    async () => expect(Object.values(await catalog.app.search.verify()).every((ids) => ids.length === 0)).toBe(true),
    { timeout: 60_000, interval: 100 },
  );
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-saved-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home });
  await catalog.app.search.warm();
  projecting = catalog.app.search.follow(stop.signal);
  [researcher, steward] = [await catalog.token('RESEARCHER'), await catalog.token('STEWARD')];
  await takeRecords(catalog, [record('old', { slug: 'old', title: 'Bandicoot atlas' })], { publish: true });
  await caughtUp();
}, 120_000);
afterAll(async () => {
  stop.abort();
  await projecting;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

describe('a saved search', () => {
  it('tells its owner what was published since, until it was looked at', async () => {
    const where = { accessClass: { in: ['OPEN', 'RESTRICTED'] } };
    const { data, errors } = await keep({ name: 'animals', text: 'bandicoot', where }, researcher);
    expect(errors).toBeUndefined();
    const { id, ...kept } = data.createSavedSearch.savedSearch;
    expect(kept).toMatchObject({ name: 'animals', text: 'bandicoot', where, literal: false, ignoreWords: [] });
    await keep({ name: 'animals', text: 'bandicoot' }, steward);
    expect(await newOf('animals', researcher)).toEqual([]);

    const fresh = [
      record('new', { slug: 'new', title: 'Bandicoot brains' }),
      record('closed', { slug: 'closed', title: 'Bandicoot hospital', accessClass: 'RESTRICTED' }),
      record('other', { slug: 'other', title: 'Wombat brains' }),
      record('outside', { slug: 'outside', title: 'Bandicoot ears', accessClass: 'OPEN_NON_COMMERCIAL' }),
    ];
    await takeRecords(catalog, fresh, { publish: true });
    await takeRecords(catalog, [record('draft', { slug: 'draft', title: 'Bandicoot draft' })]);
    await caughtUp();
    expect(await newOf('animals', researcher)).toEqual(['closed', 'new']);
    expect(await newOf('animals', steward)).toEqual(['closed', 'draft', 'new', 'outside']);

    const marked = await catalog.ask(
      'mutation($input: MarkSavedSearchInput!) { markSavedSearch(input: $input) { savedSearch { name newHits { score } } } }',
      { input: { id } },
      researcher,
    );
    expect(marked.data.markSavedSearch.savedSearch).toEqual({ name: 'animals', newHits: [] });
    expect(await newOf('animals', steward)).toContain('new');
  });

  it('is its owner’s alone', async () => {
    const { data } = await keep({ name: 'mine', text: 'wombat' }, researcher);
    const { id } = data.createSavedSearch.savedSearch;
    for (const mutation of ['markSavedSearch', 'deleteSavedSearch']) {
      const type = mutation === 'markSavedSearch' ? 'MarkSavedSearchInput' : 'DeleteSavedSearchInput';
      const text = `mutation($input: ${type}!) { ${mutation}(input: $input) { savedSearch { id } } }`;
      const codes = [];
      for (const token of [undefined, steward]) {
        const { errors } = await catalog.ask(text, { input: { id } }, token);
        codes.push(errors?.[0]?.extensions.code);
      }
      expect([mutation, ...codes]).toEqual([mutation, 'UNAUTHENTICATED', 'NOT_FOUND']);
    }
    expect((await catalog.ask(list)).data.savedSearches).toEqual([]);
    expect((await catalog.ask(list, {}, steward)).data.savedSearches.map((search: any) => search.id)).not.toContain(id);
    const gone = await catalog.ask(
      'mutation($input: DeleteSavedSearchInput!) { deleteSavedSearch(input: $input) { savedSearch { id } } }',
      { input: { id } },
      researcher,
    );
    expect(gone.data.deleteSavedSearch.savedSearch).toBeNull();
    expect((await catalog.ask(list, {}, researcher)).data.savedSearches.map((each: any) => each.name)).toEqual([
      'animals',
    ]);
  });

  it.each([
    ['a guest', { name: 'x', text: 'y' }, 'guest', 'UNAUTHENTICATED'],
    ['a name given twice', { name: 'animals', text: 'y' }, 'researcher', 'CONFLICT'],
    ['no name', { name: ' \n', text: 'y' }, 'researcher', 'BAD_USER_INPUT'],
    [
      'a filter that cannot be asked',
      { name: 'z', where: { modality: { anyOf: ['NOPE'] } } },
      'researcher',
      'BAD_USER_INPUT',
    ],
  ])('is refused: %s', async (_, input, who, code) => {
    const { errors } = await keep(input, who === 'guest' ? undefined : researcher);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it('leaves an entry in the audit trail for each write', async () => {
    const admin = await catalog.token('ADMIN');
    const { data } = await catalog.ask('{ auditEntries(first: 100) { nodes { action outcome facts } } }', {}, admin);
    const actions = data.auditEntries.nodes
      .filter((entry: any) => entry.outcome === 'DONE')
      .map((entry: any) => entry.action);
    expect(actions).toEqual(expect.arrayContaining(['savedSearch.create', 'savedSearch.mark', 'savedSearch.delete']));
    expect(JSON.stringify(data.auditEntries.nodes)).not.toContain('bandicoot');
  });
});
