import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry, type ChainReport, cliPrincipal, verifyChain } from '../../src/access/index.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await Promise.all(Array.from({ length: 20 }, async (_, writer) => await write(writer, 10)));
});
afterAll(async () => {
  await catalog.close();
});

const entryOf = (facts: Readonly<Record<string, unknown>>): AuditEntry => ({
  actor: cliPrincipal.id,
  action: 'test.write',
  outcome: 'DONE',
  facts,
});

async function write(writer: number, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await catalog.app.trail.append(entryOf({ writer, n }));
}

async function sql(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await catalog.app.db.query(statement);
}

/** Does what somebody with all rights over the database can, looks, and puts everything back. */
async function tampered(statements: readonly string[], expectedHead?: string): Promise<ChainReport> {
  const switches = (state: string): string[] =>
    ['audit_entry', 'audit_head'].map((table) => `ALTER TABLE ${table} ${state} TRIGGER USER`);
  const copies = ['audit_entry', 'audit_head'];
  await sql(
    ...copies.map((table) => `CREATE TABLE kept_${table} AS TABLE ${table}`),
    ...switches('DISABLE'),
    ...statements,
  );
  await sql(...switches('ENABLE'));
  const report = await verifyChain(catalog.app.trail, expectedHead);
  await sql(
    ...switches('DISABLE'),
    ...copies.flatMap((table) => [
      `DELETE FROM ${table}`,
      `INSERT INTO ${table} TABLE kept_${table}`,
      `DROP TABLE kept_${table}`,
    ]),
    ...switches('ENABLE'),
  );
  return report;
}

describe('the audit chain', () => {
  it('is whole after 20 writers at a time', async () => {
    const report = await verifyChain(catalog.app.trail);
    expect(report).toMatchObject({ entries: 200, head: { sequence: 200 } });
    expect(report.broken).toBeUndefined();
  });

  it('has no gap where a write was undone', async () => {
    const before = await verifyChain(catalog.app.trail);
    const undone = catalog.app.principals.transaction(async (tx) => {
      await tx.audit(entryOf({ undone: true }));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await write(0, 1);
    const after = await verifyChain(catalog.app.trail);
    expect([after.entries, after.broken]).toEqual([before.entries + 1, undefined]);
  });

  it('is whole while others write', async () => {
    const [report] = await Promise.all([verifyChain(catalog.app.trail), write(1, 20), write(2, 20)]);
    expect(report.broken).toBeUndefined();
  });

  it('holds any text, such as one no column of JSON could', async () => {
    await catalog.app.trail.append(
      entryOf({ text: 'zero \u0000, half \ud800, emoji 🧠', number: 1e21, nested: { b: 1, a: [null] } }),
    );
    expect((await verifyChain(catalog.app.trail)).broken).toBeUndefined();
  });
});

const swap = [
  'UPDATE audit_entry SET sequence = -50 WHERE sequence = 50',
  'UPDATE audit_entry SET sequence = 50 WHERE sequence = 51',
  'UPDATE audit_entry SET sequence = 51 WHERE sequence = -50',
];

describe('verifyChain finds', () => {
  it.each([
    ['action', `'other.write'`],
    ['at', `at + interval '1 millisecond'`],
    ['actor', 'gen_random_uuid()'],
    ['object_id', `'x'`],
    ['outcome', `'REFUSED'`],
    ['code', `'FORBIDDEN'`],
    ['request_id', `'x'`],
    ['facts', `'{}'`],
    ['hash', `repeat('a', 64)`],
  ])('a changed %s', async (column, value) => {
    const { broken, entries } = await tampered([`UPDATE audit_entry SET ${column} = ${value} WHERE sequence = 50`]);
    expect(broken).toMatchObject({ kind: 'CHANGED', sequence: 50 });
    expect(entries).toBe(49);
  });

  it('one entry removed, and several', async () => {
    const one = await tampered(['DELETE FROM audit_entry WHERE sequence = 50']);
    expect(one.broken).toEqual({ kind: 'REMOVED', sequence: 50, message: 'Entry 50 was removed.' });
    const several = await tampered(['DELETE FROM audit_entry WHERE sequence BETWEEN 1 AND 3']);
    expect(several.broken).toMatchObject({ kind: 'REMOVED', message: 'Entries 1 to 3 were removed.' });
  });

  it('two entries swapped', async () => {
    const { broken } = await tampered(swap);
    expect(broken).toMatchObject({ kind: 'REORDERED', sequence: 50 });
    expect(broken?.message).toContain('was written as entry 51');
  });

  it('a removed entry whose gap was closed', async () => {
    const { broken } = await tampered([
      'DELETE FROM audit_entry WHERE sequence = 50',
      'UPDATE audit_entry SET sequence = -sequence WHERE sequence > 50',
      'UPDATE audit_entry SET sequence = -sequence - 1 WHERE sequence < 0',
    ]);
    expect(broken).toMatchObject({ kind: 'REORDERED', sequence: 50 });
  });

  it('a tail cut off', async () => {
    const { broken } = await tampered(['DELETE FROM audit_entry WHERE sequence > 190']);
    expect(broken).toMatchObject({ kind: 'REMOVED', sequence: 191 });
    expect(broken?.message).toContain('from the end');
  });

  it('everything removed', async () => {
    const { broken } = await tampered(['DELETE FROM audit_entry']);
    expect(broken).toMatchObject({ kind: 'REMOVED', sequence: 1 });
  });

  it('the head removed, and that nothing is written then', async () => {
    const { broken } = await tampered(['DELETE FROM audit_head']);
    expect(broken?.kind).toBe('HEAD');
    await sql(
      'ALTER TABLE audit_head DISABLE TRIGGER USER',
      'UPDATE audit_head SET id = 2',
      'ALTER TABLE audit_head ENABLE TRIGGER USER',
    );
    await expect(write(0, 1)).rejects.toThrow('mia audit verify');
    await sql(
      'ALTER TABLE audit_head DISABLE TRIGGER USER',
      'UPDATE audit_head SET id = 1',
      'ALTER TABLE audit_head ENABLE TRIGGER USER',
    );
  });

  it('a tail cut off together with the head only by a head that was kept elsewhere', async () => {
    const { head } = await verifyChain(catalog.app.trail);
    const cut = [
      'DELETE FROM audit_entry WHERE sequence > 190',
      'UPDATE audit_head SET sequence = 190, hash = (SELECT hash FROM audit_entry WHERE sequence = 190)',
    ];
    expect((await tampered(cut)).broken).toBeUndefined();
    expect((await tampered(cut, head.hash)).broken).toMatchObject({ kind: 'HEAD' });
    await write(3, 3);
    expect((await verifyChain(catalog.app.trail, head.hash)).broken).toBeUndefined();
  });

  it('guards of the database that were taken away', async () => {
    await sql('ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_row_guard');
    expect((await verifyChain(catalog.app.trail)).broken?.kind).toBe('UNGUARDED');
    await sql('ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_row_guard');
    expect((await verifyChain(catalog.app.trail)).broken).toBeUndefined();
  });
});
