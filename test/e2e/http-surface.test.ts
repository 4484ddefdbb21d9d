import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogReader } from '../../src/catalog/index.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { type RunningServer, startServer } from '../../src/server/create-server.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});

async function post(url: string, body: string): Promise<Response> {
  return await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

describe('health', () => {
  it('/healthz says that the process lives, and its version', async () => {
    const response = await fetch(`${catalog.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it('/readyz says that it can answer', async () => {
    const response = await fetch(`${catalog.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('/metrics counts operations by outcome in the text format of Prometheus', async () => {
    await catalog.ask('{ viewer { name } }');
    const response = await fetch(`${catalog.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toMatch(/^mia_graphql_operations_total\{type="query",outcome="ok"\} [1-9]/m);
  });
});

describe('the sandbox page', () => {
  const page = async (): Promise<Response> =>
    await fetch(`${catalog.url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml' } });

  it('is given to a browser at /graphql', async () => {
    const response = await page();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toContain('<title>MIA Catalog</title>');
  });

  it('loads nothing from another host: no element, style or import of its points there', async () => {
    const html = await (await page()).text();
    const markup = html.replaceAll(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) =>
      script.slice(0, script.indexOf('>') + 1),
    );
    expect(markup.match(/\b(?:src|href|action|data)\s*=\s*["']?(?:https?:)?\/\/[^"'\s>]+/gi) ?? []).toEqual([]);
    expect(markup.match(/(?:url\(|@import)\s*["']?(?:https?:)?\/\/[^"')\s]+/gi) ?? []).toEqual([]);
    expect(html.match(/\bimport\s*\(?\s*["']https?:[^"']+/g) ?? []).toEqual([]);
  });

  it('may not load anything from another host either, by its content security policy', async () => {
    const policy = (await page()).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });
});

describe('an answer', () => {
  it('carries the id of its request, each another', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await post(catalog.url, '{"query":"{ __typename }"}')).headers.get('x-request-id')),
    );
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('may not be framed or sniffed', async () => {
    const { headers } = await post(catalog.url, '{"query":"{ __typename }"}');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it.each([
    ['no JSON', '{', 400],
    ['no query', '{}', 400],
    ['a syntax error', '{"query":"{ viewer {"}', 400],
    ['an unknown field', '{"query":"{ nothing }"}', 400],
    ['a persisted operation of no version', '{"query":"{ __typename }","extensions":{"persistedQuery":1}}', 400],
    [
      'a persisted operation under the hash of another',
      '{"query":"{ __typename }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
      400,
    ],
    ['a list of operations', '[{"query":"{ __typename }"}]', 400],
  ])('to %s is an error without a stack', async (_, body, status) => {
    const response = await post(catalog.url, body);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it.each(['[bad', 'a b', '\\'])('to a Host header that is no host (%#) is a refusal', async (host) => {
    const { port } = new URL(catalog.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { host, 'content-type': 'application/json' };
      const call = request({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      call.end('{"query":"{ __typename }"}');
    });
    expect(status).toBe(400);
  });

  it('to a body beyond 1 MiB is a refusal', async () => {
    expect((await post(catalog.url, JSON.stringify({ query: 'x'.repeat(1_100_000) }))).status).toBe(413);
  });
});

describe('a fault of ours', () => {
  const logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (event, fields = {}) => logged.push({ event, fields }),
  };
  let server: RunningServer;
  beforeAll(async () => {
    const { app } = catalog;
    const fault = new Error('relation "secret_table" does not exist: SELECT * FROM secret_table');
    const broken: CatalogReader = new Proxy(app.reader, {
      get: (reader, name) =>
        name === 'countDatasets'
          ? () => Promise.reject(fault)
          : name === 'within'
            ? () => broken
            : Reflect.get(reader, name, reader).bind(reader),
    });
    server = await startServer(
      { ...app, reader: broken, logger, ready: () => Promise.resolve(false), publicUrl: null },
      { host: '127.0.0.1', port: 0 },
    );
  });
  afterAll(async () => {
    await server.close();
  });
  const provoke = async (): Promise<Response> =>
    await post(server.url, '{"query":"{ datasets { totalCount { __typename } } }"}');

  it('is masked: neither SQL nor a stack reaches the caller', async () => {
    const text = await (await provoke()).text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(text).not.toMatch(/secret_table|SELECT|\.ts|stacktrace/);
  });

  it('is logged whole, under the id that its answer carries', async () => {
    const requestId = (await provoke()).headers.get('x-request-id');
    const { event, fields } = logged.at(-1) ?? { event: '', fields: {} };
    expect(event).toBe('graphql.failed');
    expect(fields['error']).toContain('secret_table');
    expect(fields['requestId']).toBe(requestId);
  });

  it('leaves /readyz to say that it is not ready', async () => {
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  });
});
