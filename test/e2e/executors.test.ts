import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const folder = new URL('../fixtures/operations/', import.meta.url);
const operations = readdirSync(folder)
  .filter((file) => file.endsWith('.graphql'))
  .map((file) => file.replace('.graphql', ''));

let compiling: TestCatalog;
let reference: TestCatalog;
beforeAll(async () => {
  compiling = await startTestCatalog('shipped');
  reference = await startTestCatalog('shipped', { MIA_COMPILE: '0' });
});
afterAll(async () => {
  await compiling.close();
  await reference.close();
});

async function bytes(catalog: TestCatalog, name: string, token: string): Promise<string> {
  const variables = files().includes(`${name}.json`) ? JSON.parse(text(`${name}.json`)) : {};
  const response = await fetch(`${catalog.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: text(`${name}.graphql`), variables }),
  });
  return `${response.status} ${await response.text()}`;
}

function files(): string[] {
  return readdirSync(folder);
}

function text(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

async function executions(catalog: TestCatalog, executor: string): Promise<number> {
  const metrics = await (await fetch(`${catalog.url}/metrics`)).text();
  return Number(new RegExp(`mia_graphql_executions_total\\{executor="${executor}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
}

describe('the compiled and the reference executor', () => {
  it.each(operations)('answer %s with the same bytes', async (name) => {
    const [one, two] = [await compiling.token('ADMIN'), await reference.token('ADMIN')];
    const expected = await bytes(reference, name, two);
    const first = await bytes(compiling, name, one);
    const before = await executions(compiling, 'compiled');
    expect([first, await bytes(compiling, name, one), await bytes(compiling, name, one)]).toEqual([
      expected,
      expected,
      expected,
    ]);
    const ran = expected.startsWith('200') && name !== 'introspection';
    expect((await executions(compiling, 'compiled')) - before).toBe(ran ? 2 : 0);
  });
});
