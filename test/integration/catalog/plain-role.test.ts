import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeRows } from '../../../src/catalog/index.ts';
import { openRowStore } from '../../../src/compose.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { record, scan, session, subject, takeRecords } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});

describe('a role that may not switch triggers off', () => {
  it('stores the same rows; its triggers check them', async () => {
    const url = new URL(catalog.databaseUrl);
    const role = `${url.pathname.slice(1)}_plain`;
    await catalog.app.db.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'plain'`);
    await catalog.app.db.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"`);
    await catalog.app.db.query(`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "${role}"`);
    await takeRecords(catalog, [record('d', { slug: 'd' })]);
    url.username = role;
    url.password = 'plain';
    const { rows, close } = await openRowStore(url.href, silentLogger);
    try {
      const subjects = [subject('P1', [session('1.1', [scan('1.1.1', { license: 'CC BY 4.0' }), scan('1.1.2')])])];
      const intake = { datasetId: datasetIdOf('d'), source: { name: 'x', kind: 'XNAT' } as const, subjects };
      expect(await intakeRows(intake, rows)).toMatchObject({ accepted: 2, rejected: [] });
      expect(await intakeRows(intake, rows)).toMatchObject({ accepted: 0, unchanged: 2 });
    } finally {
      await close();
      await catalog.app.db.query(`DROP OWNED BY "${role}"`);
      await catalog.app.db.query(`DROP ROLE "${role}"`);
    }
  });
});
