import { connect } from 'node:net';
import { GraphQLString, getNamedType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema, readTypeDefs } from '../../src/server/schema.ts';
import { nastyTexts, randomDocument, schemaWalk, seededRandom } from '../kit/random-documents.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

/** Random documents of a run; `HOSTILE_DOCUMENTS=10000` for the long one, `HOSTILE_SEED` to see a failure again. */
const documents = Number(process.env['HOSTILE_DOCUMENTS'] ?? 2_000);
const seed = Number(process.env['HOSTILE_SEED'] ?? 20_261_124);
/** Nothing hostile may take longer than the time an operation has, and some for a busy machine. */
const slowMs = 12_000;

let catalog: TestCatalog;
let token: string;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  token = await catalog.token('ADMIN');
});
afterAll(async () => {
  await catalog.close();
});

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

async function send(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const began = performance.now();
  const response = await fetch(`${catalog.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return { status: response.status, text: await response.text(), milliseconds: performance.now() - began };
}

async function sendQuery(query: string, variables: unknown = {}): Promise<Outcome> {
  return await send(JSON.stringify({ query, variables }));
}

/** No bug of ours, nothing of our inside, in good time. */
function expectCalm({ status, text, milliseconds }: Outcome, what: string): void {
  expect({ what, status: status < 500 || status > 502, internal: text.includes('INTERNAL_SERVER_ERROR') }).toEqual({
    what,
    status: true,
    internal: false,
  });
  expect({ what, leak: leak(text) }).toEqual({ what, leak: undefined });
  expect({ what, slow: milliseconds > slowMs }).toEqual({ what, slow: false });
}

function leak(text: string): string | undefined {
  const errors = text.startsWith('{"errors"') ? text.slice(0, text.indexOf('"data"') + 1 || undefined) : '';
  return /node_modules|\.ts:\d|at \w+ \(|SELECT [dptx]\.|pg_catalog|syntax error at|QueryFailedError/.exec(errors)?.[0];
}

async function alive(): Promise<void> {
  const { data } = await catalog.ask('{ dataset(slug: "abide") { slug } }');
  expect(data).toEqual({ dataset: { slug: 'abide' } });
}

const times = (count: number, text: (index: number) => string, separator = ' '): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);

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
    expectCalm(await sendQuery(query), what);
    expectCalm(await sendQuery(query), `${what}, again`);
    await alive();
  });

  it('the largest document that is allowed, sent often, is compiled in good time', async () => {
    const fields = 'label sex ageYears diagnosis group site source id';
    const query = `{ dataset(slug: "upenn-gbm") { ${times(40, (index) => `a${index}: subjects(first: 1) { nodes { ${fields} ${fields} } }`)} } }`;
    for (let round = 0; round < 3; round += 1) {
      const outcome = await sendQuery(query);
      expect([outcome.status, outcome.milliseconds < 3_000]).toEqual([200, true]);
    }
  });
});

describe('bodies made to hurt', () => {
  it.each([
    ['10 MB of query', JSON.stringify({ query: `{ viewer { roles } } #${'x'.repeat(10_000_000)}` })],
    [
      '10 MB of a variable',
      JSON.stringify({
        query: 'query($s: String) { dataset(slug: $s) { slug } }',
        variables: { s: 'x'.repeat(10_000_000) },
      }),
    ],
    ['10 MB of nothing', ' '.repeat(10_000_000)],
    [
      '1 MB of a variable',
      JSON.stringify({
        query: 'query($s: String) { dataset(slug: $s) { slug } }',
        variables: { s: 'x'.repeat(1_000_000) },
      }),
    ],
    [
      'arrays 400,000 deep',
      `{"query":"{ viewer { roles } }","variables":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`,
    ],
    [
      'objects 100,000 deep',
      `{"query":"query($w: DatasetWhere) { datasets(where: $w) { nodes { slug } } }","variables":{"w":${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}}}`,
    ],
    [
      '200,000 keys',
      JSON.stringify({
        query: '{ viewer { roles } }',
        variables: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1])),
      }),
    ],
    [
      'a filter with 20,000 tests',
      JSON.stringify({
        query: 'query($w: DatasetWhere) { datasets(where: $w) { nodes { slug } } }',
        variables: { w: { or: Array.from({ length: 20_000 }, () => ({ slug: { eq: 'a' } })) } },
      }),
    ],
    [
      'a filter with 1,500 joins',
      JSON.stringify({
        query:
          'query($w: ScanWhere) { dataset(slug: "upenn-gbm") { scans(where: $w) { nodes { label } totalCount { ... on ExactCount { value } } } } }',
        variables: { w: { or: Array.from({ length: 1_500 }, () => ({ subject: { contains: 'zz' } })) } },
      }),
    ],
    [
      'a list of 50,000 texts',
      JSON.stringify({
        query: 'query($s: [String!]) { datasets(where: { slug: { in: $s } }) { nodes { slug } } }',
        variables: { s: Array.from({ length: 50_000 }, (_, index) => `s${index}`) },
      }),
    ],
    ['a batch', JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ viewer { roles } }' })))],
    [
      'prototype tricks',
      '{"query":"{ viewer { roles } }","variables":{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}}},"__proto__":{"y":1}}',
    ],
    ['a byte order mark', `\ufeff${JSON.stringify({ query: '{ viewer { roles } }' })}`],
    ['half a surrogate in JSON', '{"query":"{ dataset(slug: \\"\\ud800\\") { slug } }"}'],
    [
      'an operation name of 1 MB',
      JSON.stringify({ query: '{ viewer { roles } }', operationName: 'x'.repeat(500_000) }),
    ],
  ])('%s', async (what, body) => {
    const outcome = await send(body).catch((error: unknown) => {
      // The server may close the connection before all of a body that is too large was sent.
      expect(String(error)).toContain('fetch failed');
      return { status: 413, text: '', milliseconds: 0 };
    });
    expectCalm(outcome, what);
    expect(outcome.text.length).toBeLessThan(10_000);
    await alive();
  });

  it.each([
    '',
    'text/plain',
    'text/html',
    'application/graphql',
    'application/xml',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    'a/b/c',
    'application/jsonx',
    '\u00ff',
  ])('with the content type "%s"', async (type) => {
    expectCalm(await send('{"query":"{ viewer { roles } }"}', { 'content-type': type }), type);
  });

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer ${'x'.repeat(4_000)}`,
    'Basic YWRtaW46YWRtaW4=',
    'Bearer a b',
    "Bearer ' OR 1=1",
    'Bearer \u00e9',
  ])('with the credentials "%s"', async (authorization) => {
    const outcome = await send('{"query":"{ viewer { roles } }"}', { authorization });
    expectCalm(outcome, authorization);
    expect(outcome.status).toBe(401);
  });
});

describe('nasty texts', () => {
  const schema = createSchema();
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);

  it.each(nastyTexts.map((text) => ({ text, shown: JSON.stringify(text).slice(0, 40) })))(
    '$shown in every text of every filter and argument',
    async ({ text }) => {
      const query = `query($t: String!, $i: ID!, $texts: [String!]!, $d: DatasetWhere, $s: SubjectWhere, $e: SessionWhere, $c: ScanWhere) {
      bySlug: dataset(slug: $t) { slug } byId: dataset(id: $i) { slug } node(id: $i) { id }
      page: datasets(after: $t) { nodes { slug } }
      datasets(where: $d) { nodes { slug } totalCount { __typename } }
      dataset(slug: "upenn-gbm") { subjects(where: $s, first: 1) { nodes { values(names: $texts) { text } } totalCount { __typename } } more: subjects(after: $t) { nodes { label } }
        sessions(where: $e, first: 1) { nodes { label } } scans(where: $c, first: 1) { nodes { label } } } }`;
      for (const filter of ['eq', 'contains', 'in', 'anyOf', 'allOf']) {
        const where = (name: string): unknown =>
          filterOf(
            inputs.find((input) => input.name === name),
            filter,
            text,
          );
        const outcome = await sendQuery(query, {
          t: text,
          i: text,
          texts: [text],
          d: where('DatasetWhere'),
          s: where('SubjectWhere'),
          e: where('SessionWhere'),
          c: where('ScanWhere'),
        });
        expectCalm(outcome, `${filter} ${JSON.stringify(text)}`);
      }
    },
  );

  /** A filter that tests each of its text, concept and modality fields with one operator. */
  function filterOf(type: ReturnType<typeof inputs.find>, operator: string, text: string): unknown {
    const fields = Object.values(type?.getFields() ?? {}).filter(({ name }) => !['and', 'or', 'not'].includes(name));
    const tests = fields.flatMap((field) => {
      const filter = getNamedType(field.type);
      if (!isInputObjectType(filter)) return [];
      const argument = filter.getFields()[operator];
      if (argument === undefined || getNamedType(argument.type) !== GraphQLString) return [];
      return [{ [field.name]: { [operator]: ['in', 'anyOf', 'allOf'].includes(operator) ? [text] : text } }];
    });
    return { or: tests };
  }
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
        const outcome = await sendQuery(query, random() < 0.5 ? {} : { v: true });
        expectCalm(outcome, query);
        statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    await alive();
    // Both good and bad ones were among them.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(documents / 20);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(documents / 20);
    // The test process holds the server, the client and all documents.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(700);
  });
});

describe('connections made to hurt', () => {
  it('that trickle their headers are closed, and do not keep others waiting', async () => {
    const { hostname, port } = new URL(catalog.url);
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      return socket;
    });
    const trickle = setInterval(() => {
      for (const socket of sockets) socket.write('a');
    }, 500);
    try {
      await alive();
      await expect
        .poll(() => sockets.every((socket) => socket.closed || socket.readableEnded), {
          timeout: 30_000,
          interval: 500,
        })
        .toBe(true);
    } finally {
      clearInterval(trickle);
      for (const socket of sockets) socket.destroy();
    }
    await alive();
  });

  it('that go away in the middle end what they asked for', async () => {
    const query =
      '{ datasets(first: 50) { nodes { subjects(first: 50) { nodes { sessions(first: 20) { nodes { label } } } } } } }';
    const cut = Array.from({ length: 20 }, async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      await fetch(`${catalog.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
        signal: controller.signal,
      }).catch(() => undefined);
    });
    await Promise.all(cut);
    await alive();
  });

  it.each([
    ['a line that is no request', 'HELLO\r\n\r\n'],
    ['two lengths', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a header of 1 MB', `GET /graphql HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(1_000_000)}\r\n\r\n`],
    ['a path with NUL', 'GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a path that is not UTF-8', 'GET /%ff%fe/../..//etc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ])('with %s', async (_, bytes) => {
    const { hostname, port } = new URL(catalog.url);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on('data', (data) => (text += data.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    await alive();
  });
});
