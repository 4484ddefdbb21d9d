import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeRecords, intakeRows } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { createSchema } from '../../src/server/schema.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';
import {
  type Asker,
  askers,
  fieldsToRule,
  type Rule,
  ruleOf,
  seesRecord,
  seesRows,
  selectionOf,
  states,
  type Target,
  targets,
} from './access-matrix.ts';

const schema = createSchema();
const slugOf = (target: Target): string => `matrix-${target.toLowerCase()}`;

let catalog: TestCatalog;
let tokens: Readonly<Record<Asker, string | undefined>>;
/** Ids of one node of each type of each dataset. */
let nodes: Readonly<Record<Target, Readonly<Record<string, string>>>>;

beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await fill();
  tokens = {
    guest: undefined,
    researcher: await catalog.token('RESEARCHER'),
    steward: await catalog.token('STEWARD'),
    admin: await catalog.token('ADMIN'),
  };
  await catalog.app.db.query(
    `INSERT INTO role_grant (id, principal_id, role, dataset_id)
     SELECT $1, id, 'RESEARCHER', $2 FROM principal WHERE name = 'test-researcher'`,
    [randomUUID(), datasetIdOf(slugOf('own'))],
  );
  nodes = Object.fromEntries(
    await Promise.all(targets.map(async (target) => [target, await idsOf(target)])),
  ) as typeof nodes;
});
afterAll(async () => {
  await catalog.close();
});

async function fill(): Promise<void> {
  const { app } = catalog;
  const source = { name: 'matrix', kind: 'HARVEST' } as const;
  for (const publish of [false, true]) {
    const chosen = targets.filter((target) => !publish || states[target].publish);
    const records = chosen.map((target) => ({ place: target, value: recordOf(target) }));
    const report = await intakeRecords({ source, records, publish, actor: 'test' }, app.records);
    expect(report.rejected).toEqual([]);
  }
  const edits = targets.map((target) => ({ place: target, value: { ...recordOf(target), acronym: 'EDITED' } }));
  const steward = { name: 'steward', kind: 'STEWARD' } as const;
  await intakeRecords({ source: steward, records: edits, publish: false, actor: 'test' }, app.records);
  for (const target of targets) {
    const datasetId = datasetIdOf(slugOf(target));
    await intakeRows({ datasetId, source, subjects: [subjectOf(target)] }, app.rows);
    await app.db.query(
      `INSERT INTO variable (id, dataset_id, position, name, type, source_id)
       VALUES ($1, $2, 1, 'weight', 'DECIMAL', (SELECT id FROM source WHERE name = 'matrix'))`,
      [randomUUID(), datasetId],
    );
  }
  await app.db.query(`UPDATE dataset SET status = 'WITHDRAWN' WHERE slug = $1`, [slugOf('withdrawn')]);
}

function recordOf(target: Target): object {
  return {
    sourceId: target,
    slug: slugOf(target),
    title: `Dataset ${target}`,
    acronym: 'GIVEN',
    description: `The ${target} one.`,
    accessClass: states[target].accessClass,
    license: 'CC-BY-4.0',
    publisher: { name: 'A publisher' },
    conditions: ['Glioblastoma'],
    subjectCount: 5,
    relations: targets.map((other) => ({ type: 'REFERENCES', dataset: slugOf(other) })),
  };
}

function subjectOf(target: Target): unknown {
  const resources = [{ label: 'DICOM', byteSize: 10 }];
  const scan = { label: '1', modality: 'MR', byteSize: 10, derived: false, resources };
  const assessors = [{ label: 'A', xsiType: 'fs:fsData' }];
  return {
    label: `${target}-1`,
    sex: 'F',
    ageYears: 50,
    resources,
    sessions: [{ label: `${target}-visit`, scans: [scan], resources, assessors }],
  };
}

async function idsOf(target: Target): Promise<Record<string, string>> {
  const { data } = await catalog.ask(
    `query($slug: String!) { dataset(slug: $slug) { id subjects { nodes { id sessions { nodes { id scans { nodes { id } } } } } }
      variables { nodes { id } } versions { nodes { id } } } }`,
    { slug: slugOf(target) },
    tokens.admin,
  );
  const subject = data.dataset.subjects.nodes[0];
  const session = subject.sessions.nodes[0];
  const version = data.dataset.versions.nodes[0];
  return {
    Dataset: data.dataset.id,
    Subject: subject.id,
    ImagingSession: session.id,
    Scan: session.scans.nodes[0].id,
    Variable: data.dataset.variables.nodes[0].id,
    ...(version !== undefined && { DatasetVersion: version.id }),
  };
}

/** The types that are reached by their id. */
const nodeTypes = [...new Set(fieldsToRule(schema).map(({ type }) => type))].filter(
  (type) => type !== 'Query' && type !== 'Mutation' && type !== 'Subscription',
);

describe('every field', () => {
  it('has a rule of who sees it', () => {
    const undecided = fieldsToRule(schema).filter(({ type, field }) => ruleOf(type, field) === undefined);
    expect(undecided).toEqual([]);
  });
});

describe.each(askers)('%s', (asker) => {
  describe.each(targets)('and the dataset %s', (target) => {
    const record = seesRecord[asker].includes(target);
    const rows = seesRows[asker].includes(target);

    it.each(fieldsToRule(schema).filter(({ type }) => type === 'Dataset'))(
      `sees $type.$field as its rule says`,
      async ({ type, field }) => {
        const answer = await catalog.ask(
          `query($slug: String!) { dataset(slug: $slug) { ${field} ${selectionOf(schema, type, field)} } }`,
          { slug: slugOf(target) },
          tokens[asker],
        );
        expect(answer.errors).toBeUndefined();
        if (!record) expect(answer.data).toEqual({ dataset: null });
        else expectByRule(answer.data.dataset[field], ruleOf(type, field), { rows, steward: isSteward(asker) });
      },
    );

    it.each(nodeTypes)('fetches its %s by id as its rule says', async (type) => {
      const id = nodes[target][type];
      if (id === undefined) return;
      const fields = fieldsToRule(schema).filter((one) => one.type === type && one.type !== 'Dataset');
      const selections = fields.map(({ field }) => `${field} ${selectionOf(schema, type, field)}`).join(' ');
      const answer = await catalog.ask(
        `query($id: ID!) { node(id: $id) { __typename ... on ${type} { ${selections} id } } }`,
        { id },
        tokens[asker],
      );
      const rule = type === 'Dataset' ? 'record' : ruleOf(type, 'id');
      expect(answer.errors).toBeUndefined();
      expect(answer.data.node !== null).toBe(rule === 'record' ? record : rows);
    });

    it('finds it in lists, by filters and through relations only where its record is seen', async () => {
      const listed = record && target !== 'withdrawn';
      const { data } = await catalog.ask(
        `query($slug: String!) { all: datasets(first: 100) { nodes { slug } }
          asked: datasets(where: { slug: { eq: $slug } }) { nodes { slug } totalCount { ... on ExactCount { value } } }
          any: datasets(where: { or: [{ slug: { eq: $slug } }, { not: { year: { eq: 1 } } }] }, first: 100) { nodes { slug } }
          open: dataset(slug: "${slugOf('open')}") { relations { label dataset { slug } } } }`,
        { slug: slugOf(target) },
        tokens[asker],
      );
      expect(data.all.nodes.some((node: any) => node.slug === slugOf(target))).toBe(listed);
      expect(data.any.nodes.some((node: any) => node.slug === slugOf(target))).toBe(listed);
      expect([data.asked.nodes.length, data.asked.totalCount.value]).toEqual(listed ? [1, 1] : [0, 0]);
      const related = data.open.relations.filter((relation: any) => relation.dataset?.slug === slugOf(target));
      expect(related).toHaveLength(record ? 1 : 0);
    });
  });

  it.each(fieldsToRule(schema).filter(({ type, field }) => ruleOf(type, field) === 'admins'))(
    'reads $type.$field only as an admin',
    async ({ type, field }) => {
      const { errors } = await catalog.ask(`{ ${field} ${selectionOf(schema, type, field)} }`, {}, tokens[asker]);
      const refusal = asker === 'guest' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect(errors?.[0]?.extensions.code).toBe(asker === 'admin' ? undefined : refusal);
    },
  );

  it.each(fieldsToRule(schema).filter(({ type, field }) => type === 'Query' && ruleOf(type, field) === 'stewards'))(
    'reads $type.$field only as a steward of the catalog',
    async ({ type, field }) => {
      const { errors } = await catalog.ask(`{ ${field} ${selectionOf(schema, type, field)} }`, {}, tokens[asker]);
      const refusal = asker === 'guest' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect(errors?.[0]?.extensions.code).toBe(asker === 'steward' || asker === 'admin' ? undefined : refusal);
    },
  );

  it('sees totals of what they may see', async () => {
    const { data } = await catalog.ask(
      `{ catalog { datasetCount { ...N } subjectCount { ...N } sessionCount { ...N } scanCount { ...N } } }
       fragment N on Count { ... on ExactCount { value } }`,
      {},
      tokens[asker],
    );
    const live = (seen: readonly Target[]): number => seen.filter((target) => target !== 'withdrawn').length;
    const held = live(seesRows[asker]);
    expect(Object.values(data.catalog).map((count: any) => count.value)).toEqual([
      live(seesRecord[asker]),
      held,
      held,
      held,
    ]);
  });
});

function isSteward(asker: Asker): boolean {
  return asker === 'steward' || asker === 'admin';
}

/** A field of the record may hold anything; rows are there or the list is empty, its total too; a number of rows is above zero, or zero or null. */
function expectByRule(
  value: any,
  rule: Rule | undefined,
  asker: { readonly rows: boolean; readonly steward: boolean },
): void {
  if (rule === 'stewardsList') expect(value.length > 0).toBe(asker.steward);
  if (rule === 'rows') {
    const count = asker.rows ? 1 : 0;
    expect([value.nodes.length, value.edges.length, value.totalCount.value]).toEqual([count, count, count]);
  }
  if (rule === 'rowCount') expect(Number(value?.value ?? value ?? 0) > 0).toBe(asker.rows);
}
