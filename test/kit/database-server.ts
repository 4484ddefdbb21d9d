import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { loadShippedDatasets, loadShippedVocabulary } from '../../bin/load-shipped.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { openEmbeddedDatabase } from '../../src/db/embedded/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the server's maintenance database. */
    databaseServer: string;
    /** Names of the template databases, by what is in them. */
    databaseTemplates: DatabaseTemplates;
  }
}

/** Template databases: migrated with the vocabulary, and with the shipped datasets. */
export interface DatabaseTemplates {
  readonly empty: string;
  readonly shipped: string;
}

/**
 * One PostgreSQL for a whole test run: the embedded one, or the one of `MIA_TEST_DATABASE_URL` (a role that may create
 * databases). Two templates are made for the files of the run to copy.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['MIA_TEST_DATABASE_URL'];
  const home = await mkdtemp(join(tmpdir(), 'mia-test-'));
  const embedded =
    given === undefined ? await openEmbeddedDatabase({ home, role: 'cli', logger: silentLogger }) : undefined;
  const run = randomBytes(4).toString('hex');
  const templates: DatabaseTemplates = { empty: `mia_empty_${run}`, shipped: `mia_shipped_${run}` };
  const server = given ?? embedded?.url ?? '';
  await createDatabase(server, templates.empty);
  const config = readConfig({ DATABASE_URL: databaseUrl(server, templates.empty) });
  const empty = await openApplication(config, 'cli', silentLogger);
  await loadShippedVocabulary(empty);
  await empty.close();
  await createDatabase(server, templates.shipped, templates.empty);
  const shipped = await openApplication(
    { ...config, databaseUrl: databaseUrl(server, templates.shipped) },
    'cli',
    silentLogger,
  );
  await loadShippedDatasets(shipped, new AbortController().signal);
  await shipped.close();
  project.provide('databaseServer', server);
  project.provide('databaseTemplates', templates);
  return async () => {
    for (const name of [templates.empty, templates.shipped]) await dropDatabase(server, name);
    await embedded?.close();
    await rm(home, { recursive: true, force: true });
  };
}

/** The address of another database of the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Makes a database, over an older one of that name. */
export async function createDatabase(server: string, name: string, template = 'template0'): Promise<void> {
  await dropDatabase(server, name);
  await maintain(server, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
}

/** Drops a database with whatever is connected to it. */
export async function dropDatabase(server: string, name: string): Promise<void> {
  await maintain(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
}

async function maintain(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
