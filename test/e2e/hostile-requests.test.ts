import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCalm, type HostileClient, startHostileClient } from '../kit/hostile-client.ts';

let client: HostileClient;
beforeAll(async () => {
  client = await startHostileClient();
});
afterAll(async () => {
  await client.catalog.close();
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
    const outcome = await client.send(body).catch((error: unknown) => {
      // The server may close the connection before all of a body that is too large was sent.
      expect(String(error)).toContain('fetch failed');
      return { status: 413, text: '', milliseconds: 0 };
    });
    expectCalm(outcome, what);
    expect(outcome.text.length).toBeLessThan(10_000);
    await client.expectAlive();
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
    expectCalm(await client.send('{"query":"{ viewer { roles } }"}', { 'content-type': type }), type);
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
    const outcome = await client.send('{"query":"{ viewer { roles } }"}', { authorization });
    expectCalm(outcome, authorization);
    expect(outcome.status).toBe(401);
  });
});

describe('connections made to hurt', () => {
  it('that trickle their headers are closed, and do not keep others waiting', async () => {
    const { hostname, port } = new URL(client.catalog.url);
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
      await client.expectAlive();
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
    await client.expectAlive();
  });

  it('that go away in the middle end what they asked for', async () => {
    const query =
      '{ datasets(first: 50) { nodes { subjects(first: 50) { nodes { sessions(first: 20) { nodes { label } } } } } } }';
    const cut = Array.from({ length: 20 }, async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      await fetch(`${client.catalog.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
        signal: controller.signal,
      }).catch(() => undefined);
    });
    await Promise.all(cut);
    await client.expectAlive();
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
    const { hostname, port } = new URL(client.catalog.url);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on('data', (data) => (text += data.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    await client.expectAlive();
  });
});

describe('all of them together', () => {
  it('leave nothing behind that the database works on', { timeout: 60_000 }, async () => {
    await client.expectRest();
  });
});
