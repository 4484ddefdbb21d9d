import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTypeDefs } from '../../src/server/schema.ts';
import { expectCalm, type HostileClient, startHostileClient, times } from '../kit/hostile-client.ts';
import { randomDocument, schemaWalk, seededRandom } from '../kit/random-documents.ts';

/** Random documents of a run; `HOSTILE_DOCUMENTS=10000` for the long one, `HOSTILE_SEED` to see a failure again. */
const documents = Number(process.env['HOSTILE_DOCUMENTS'] ?? 2_000);
const seed = Number(process.env['HOSTILE_SEED'] ?? 20_261_124);
let client: HostileClient;
beforeAll(async () => {
  client = await startHostileClient();
});
afterAll(async () => {
  await client.catalog.close();
});

describe('documents made to hurt', () => {
  it.each([
    [
      '1,000 aliases of an expensive field',
      `{ ${times(1_000, (index) => `a${index}: datasets(first: 1000) { nodes { slug } }`)} }`,
    ],
    ['100,000 aliases', `{ ${times(100_000, (index) => `a${index}: __typename`)} }`],
    ['the same field 300 times', `{ dataset(slug: "abide") { ${times(300, () => 'title')} } }`],
    [
      'aliases that collide',
      `{ dataset(slug: "abide") { ${times(45, (index) => `a${index}: conditions { x: label } a${index}: conditions { x: iri }`)} } }`,
    ],
    [
      'fields 500 deep',
      `{ dataset(slug: "abide") { conditions ${'{ broader '.repeat(500)} { iri } ${'}'.repeat(500)} } }`,
    ],
    ['braces 100,000 deep', '{ a '.repeat(100_000)],
    ['lists 100,000 deep', `{ datasets(where: { and: ${'['.repeat(100_000)} ) { nodes { slug } } }`],
    ['filters 300 deep', `{ datasets(where: ${'{ not: '.repeat(300)} {} ${'}'.repeat(300)}) { nodes { slug } } }`],
    [
      'fragments that double 60 times',
      `{ dataset(slug: "abide") { ...F0 } } ${times(60, (index) => `fragment F${index} on Dataset { title ...F${index + 1} ...F${index + 1} }`)} fragment F60 on Dataset { slug }`,
    ],
    [
      'fragments that nest and double',
      `{ dataset(slug: "abide") { conditions { ...F0 } } } ${times(60, (index) => `fragment F${index} on Concept { broader { ...F${index + 1} } x: broader { ...F${index + 1} } }`)} fragment F60 on Concept { iri }`,
    ],
    ['a fragment that spreads itself', '{ dataset(slug: "abide") { ...F } } fragment F on Dataset { slug ...F }'],
    [
      'fragments in a circle',
      '{ dataset(slug: "abide") { ...A } } fragment A on Dataset { ...B } fragment B on Dataset { ...C } fragment C on Dataset { relations { dataset { ...A } } }',
    ],
    ['a fragment nobody knows', '{ dataset(slug: "abide") { ...Nothing } }'],
    ['1,000 directives', `{ viewer ${'@include(if: true) '.repeat(1_000)} { roles } }`],
    ['1,000 operations', times(300, (index) => `query Q${index} { viewer { roles } }`)],
    ['1,000 variables', `query(${times(300, (index) => `$v${index}: Int`, ', ')}) { viewer { roles } }`],
    [
      'introspection that never ends',
      `{ __schema { types { fields { type ${'{ fields { type '.repeat(5)} { name } ${'} }'.repeat(5)} } } } }`,
    ],
    [
      'the largest pages within each other',
      '{ datasets(first: 1000) { nodes { subjects(first: 1000) { nodes { sessions(first: 1000) { nodes { scans(first: 1000) { nodes { label } } } } } } } } }',
    ],
    [
      'a number beyond numbers',
      '{ datasets(first: 99999999999999999999, where: { year: { gte: 1e999, lte: -1e999 } }) { nodes { slug } } }',
    ],
    [
      'numbers at the edge',
      '{ datasets(first: 5, where: { subjectCount: { gte: -1.7976931348623157e308, lte: 1e400 } }) { nodes { slug scans(first: 1, where: { byteSize: { eq: 1e308 }, instanceCount: { gte: 0.1 } }) { nodes { label } } } } }',
    ],
    [
      'dates that are none',
      '{ dataset(slug: "upenn-gbm") { sessions(where: { date: { eq: "99999-99-99" } }) { nodes { label } } } }',
    ],
    [
      'dates at the edge',
      '{ dataset(slug: "upenn-gbm") { sessions(where: { date: { gte: "0001-01-01", lte: "9999-12-31" } }, first: 1) { nodes { label } } } }',
    ],
    [
      'the year zero',
      '{ dataset(slug: "upenn-gbm") { sessions(where: { date: { eq: "0000-01-01" } }) { nodes { label } } } }',
    ],
    ['block strings', `{ datasets(where: { title: { contains: """${'\\"""'.repeat(300)}""" } }) { nodes { slug } } }`],
  ])('%s', async (what, query) => {
    expectCalm(await client.sendQuery(query), what);
    expectCalm(await client.sendQuery(query), `${what}, again`);
    await client.expectAlive();
  });

  it('the largest document that is allowed, sent often, is compiled in good time', async () => {
    const fields = 'label sex ageYears diagnosis group site source id';
    const query = `{ dataset(slug: "upenn-gbm") { ${times(40, (index) => `a${index}: subjects(first: 1) { nodes { ${fields} ${fields} } }`)} } }`;
    for (let round = 0; round < 3; round += 1) {
      const outcome = await client.sendQuery(query);
      expect([outcome.status, outcome.milliseconds < 3_000]).toEqual([200, true]);
    }
  });
});

describe('random documents', () => {
  it(`${documents} of seed ${seed} leave the server as it was`, { timeout: 600_000 }, async () => {
    const random = seededRandom(seed);
    const walk = schemaWalk(readTypeDefs().join('\n'));
    const before = process.memoryUsage().rss;
    const statuses = new Map<number, number>();
    const queue = Array.from({ length: documents }, () => randomDocument(walk, random));
    const worker = async (): Promise<void> => {
      for (let query = queue.pop(); query !== undefined; query = queue.pop()) {
        const outcome = await client.sendQuery(query, random() < 0.5 ? {} : { v: true });
        expectCalm(outcome, query);
        statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    await client.expectAlive();
    // Both good and bad ones were among them.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(documents / 40);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(documents / 20);
    // The test process holds the server, the client and all documents.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(700);
  });
});

describe('all of them together', () => {
  it('leave nothing behind that the database works on', { timeout: 60_000 }, async () => {
    await client.expectRest();
  });
});
