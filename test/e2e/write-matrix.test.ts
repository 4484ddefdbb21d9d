import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashToken, newToken } from '../../src/access/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { createSchema } from '../../src/server/schema.ts';
import { type Mutation, nodeIdOf, stateOf, tryTo } from '../kit/curate.ts';
import { record, takeRecords } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';
import { fieldsToRule, ruleOf } from './access-matrix.ts';

/** Who edits, and which dataset: `own` and `ownDraft` are those the two with a grant hold it for. */
const callers = ['guest', 'researcher', 'grantedResearcher', 'grantedSteward', 'steward', 'admin'] as const;
const targets = ['own', 'other', 'ownDraft', 'hidden', 'withdrawn', 'absent'] as const;
type Caller = (typeof callers)[number];
type Target = (typeof targets)[number];

/** What each is answered. */
const answers: Readonly<Record<Caller, Readonly<Record<Target, string>>>> = {
  guest: all('UNAUTHENTICATED'),
  researcher: { ...all('NOT_FOUND'), own: 'FORBIDDEN', other: 'FORBIDDEN', withdrawn: 'FORBIDDEN' },
  grantedResearcher: { ...all('FORBIDDEN'), hidden: 'NOT_FOUND', absent: 'NOT_FOUND' },
  grantedSteward: {
    ...all('DONE'),
    other: 'FORBIDDEN',
    withdrawn: 'FORBIDDEN',
    hidden: 'NOT_FOUND',
    absent: 'NOT_FOUND',
  },
  steward: { ...all('DONE'), withdrawn: 'CONFLICT', absent: 'NOT_FOUND' },
  admin: { ...all('DONE'), withdrawn: 'CONFLICT', absent: 'NOT_FOUND' },
};

function all(answer: string): Record<Target, string> {
  return { own: answer, other: answer, ownDraft: answer, hidden: answer, withdrawn: answer, absent: answer };
}

/** The mutations of one dataset, by the rule they have. */
const ofStewards = fieldsToRule(createSchema())
  .filter(({ type, field }) => type === 'Mutation' && ruleOf(type, field) === 'ofStewards')
  .map(({ field }) => field as Mutation);

let catalog: TestCatalog;
const tokens = new Map<Caller, string>();
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  const slugs = targets.filter((target) => target !== 'absent').map((target) => target.toLowerCase());
  const records = slugs.map((slug) => record(slug, { slug }));
  await takeRecords(catalog, records);
  await takeRecords(
    catalog,
    records.filter(({ slug }) => slug !== 'owndraft' && slug !== 'hidden'),
    { publish: true },
  );
  tokens.set('admin', await catalog.token('ADMIN'));
  await tryTo(catalog, 'withdrawDataset', { id: nodeIdOf('withdrawn'), reason: 'r' }, tokens.get('admin'));
  tokens.set('steward', await catalog.token('STEWARD'));
  tokens.set('researcher', await catalog.token('RESEARCHER'));
  for (const [caller, role] of [
    ['grantedResearcher', 'RESEARCHER'],
    ['grantedSteward', 'STEWARD'],
  ] as const) {
    // A principal of its own: the name of a role stands for nobody else here.
    tokens.set(caller, await grantedToken(caller, role));
  }
});
afterAll(async () => {
  await catalog.close();
});

async function grantedToken(caller: Caller, role: string): Promise<string> {
  const token = newToken();
  const { principals, db } = catalog.app;
  await principals.addToken({ principalName: caller, role: 'GUEST', tokenName: 'test', hash: hashToken(token) });
  await db.query(
    `INSERT INTO role_grant (id, principal_id, role, dataset_id)
     SELECT gen_random_uuid(), p.id, $2, d FROM principal p, unnest($3::uuid[]) AS d WHERE p.name = $1`,
    [caller, role, [datasetIdOf('own'), datasetIdOf('owndraft')]],
  );
  return token;
}

async function inputOf(mutation: Mutation, target: Target, nonce: string): Promise<object> {
  const id = nodeIdOf(target.toLowerCase());
  const rows: { version: number }[] = await catalog.app.db.query('SELECT version FROM dataset WHERE id = $1', [
    datasetIdOf(target.toLowerCase()),
  ]);
  const expectedVersion = rows[0]?.version ?? 1;
  const inputs: Readonly<Partial<Record<Mutation, object>>> = {
    updateDataset: { id, expectedVersion, patch: { title: nonce } },
    submitDatasetForReview: { id, expectedVersion },
    publishDataset: { id, expectedVersion },
    // A version that nobody has: allowed, and still without effect for the cases after this one.
    withdrawDataset: { id, expectedVersion: expectedVersion + 1, reason: nonce },
    importSubjects: { datasetId: id, rows: [{ label: nonce }] },
  };
  const input = inputs[mutation];
  if (input === undefined) throw new Error(`what ${mutation} is given is not written down here`);
  return input;
}

/** A right to act shows in a conflict, too, where the state of the dataset stands against it. */
const mayConflict: readonly Mutation[] = ['withdrawDataset', 'submitDatasetForReview'];

describe.each(callers)('%s', (caller) => {
  describe.each(targets)('and the dataset %s', (target) => {
    it.each(ofStewards.filter((mutation) => !(mutation === 'publishDataset' && /hidden|ownDraft/.test(target))))(
      '%s',
      async (mutation) => {
        const slug = target.toLowerCase();
        const before = await stateOf(catalog, slug);
        const input = await inputOf(mutation, target, `${caller} ${mutation}`);
        const { errors } = await tryTo(catalog, mutation, input, tokens.get(caller));
        const code = errors?.[0]?.extensions.code ?? 'DONE';
        const expected = answers[caller][target];
        if (expected === 'DONE' && mayConflict.includes(mutation)) expect(['DONE', 'CONFLICT']).toContain(code);
        else expect(code).toBe(expected);
        if (code !== 'DONE') expect(await stateOf(catalog, slug)).toEqual(before);
      },
    );
  });
});

describe('createDataset', () => {
  it.each(callers)('%s', async (caller) => {
    const input = { slug: `made-by-${caller.toLowerCase()}`, title: 't', description: 'd' };
    const { errors } = await tryTo(catalog, 'createDataset', input, tokens.get(caller));
    const expected = { guest: 'UNAUTHENTICATED', steward: undefined, admin: undefined };
    expect(errors?.[0]?.extensions.code).toBe(caller in expected ? expected[caller as 'guest'] : 'FORBIDDEN');
  });
});

describe('the audit trail', () => {
  it('has one entry for each attempt, refused ones with their code, and holds nothing that was written', async () => {
    const steward = tokens.get('steward');
    const id = nodeIdOf('other');
    const entries = async (): Promise<any[]> =>
      await catalog.app.db.query(
        'SELECT action, outcome, code, actor, object_id, facts FROM audit_entry ORDER BY sequence',
      );
    const start = (await entries()).length;
    const [{ version }] = (await catalog.app.db.query<{ version: number }[]>(
      `SELECT version FROM dataset WHERE slug = 'other'`,
    )) as [{ version: number }];
    const edit = { id, expectedVersion: version, patch: { title: 'Jane Doe', reset: ['YEAR'] } };
    await tryTo(catalog, 'updateDataset', edit, steward);
    await tryTo(catalog, 'updateDataset', edit, steward);
    await tryTo(catalog, 'updateDataset', { ...edit, expectedVersion: version + 1 }, steward);
    await tryTo(catalog, 'importSubjects', { datasetId: id, rows: [{ label: 'Jane Doe' }, { label: '' }] }, steward);
    await tryTo(catalog, 'withdrawDataset', { id, reason: 'Jane Doe' }, tokens.get('researcher'));
    const made = (await entries()).slice(start);
    expect(made.map(({ action, outcome, code }) => [action, outcome, code])).toEqual([
      ['dataset.update', 'DONE', null],
      ['dataset.update', 'REFUSED', 'CONFLICT'],
      ['dataset.update', 'DONE', null],
      ['subjects.import', 'DONE', null],
      ['dataset.withdraw', 'REFUSED', 'FORBIDDEN'],
    ]);
    expect(made.map((entry) => entry.object_id)).toEqual(Array.from({ length: 5 }, () => datasetIdOf('other')));
    expect(made.every((entry) => entry.actor !== null)).toBe(true);
    expect(JSON.parse(made[0].facts)).toEqual({ changed: ['title'], reset: [], editedVersion: version });
    expect(JSON.parse(made[2].facts)).toMatchObject({ changed: [] });
    expect(JSON.parse(made[3].facts)).toMatchObject({ source: 'import:subjects', accepted: 1 });
    expect(JSON.stringify(made)).not.toContain('Jane');
  });

  it('has what the command line hands in under the name of nobody but the command line', async () => {
    await takeRecords(catalog, [record('by-cli', { slug: 'by-cli' })]);
    await takeRecords(catalog, [record('by-cli', { slug: 'by-cli' })]);
    const rows = await catalog.app.db.query(
      `SELECT e.action, p.name FROM audit_entry e JOIN principal p ON p.id = e.actor WHERE e.facts LIKE '%"datasets":1%' ORDER BY sequence DESC LIMIT 2`,
    );
    expect(rows[0]).toEqual({ action: 'records.intake', name: 'cli' });
  });
});
