import { describe, expect, it } from 'vitest';
import { mergeRecords, type SourcedStatement, statementOf } from '../../../src/catalog/model/merge-records.ts';
import type { SourceKind } from '../../../src/catalog/model/terms.ts';

const kinds = ['STEWARD', 'CURATED', 'XNAT', 'IDC', 'HARVEST', 'TABLE', 'PIPELINE', 'PAPER'] as const;

/** What a source of a kind says. */
function says(kind: SourceKind, statement: SourcedStatement['statement'], day = 1): SourcedStatement {
  const name = kind.toLowerCase();
  return {
    source: { id: kinds.indexOf(kind), name, kind },
    sourceRecordId: `${name}-record`,
    receivedAt: new Date(Date.UTC(2026, 0, day)),
    statement,
  };
}

const count = (value: number, source: string) =>
  ({ measure: 'SUBJECTS', value, qualifier: 'EXACT', source, confirmed: true, headline: false }) as const;

describe('merging what sources say', () => {
  const pairs = kinds.slice(1).map((lower, index) => [kinds[index] ?? 'STEWARD', lower] as const);

  it.each(pairs)('takes the word of %s over that of %s, whoever spoke last', (higher, lower) => {
    const statements = [says(higher, { title: 'higher' }, 1), says(lower, { title: 'lower' }, 2)];
    for (const order of [statements, statements.toReversed()]) expect(mergeRecords(order).record.title).toBe('higher');
  });

  it('decides field by field', () => {
    const { record, origins } = mergeRecords([
      says('CURATED', { title: 'curated' }),
      says('IDC', { title: 'idc', year: 2020 }),
    ]);
    expect(record).toEqual({ title: 'curated', year: 2020 });
    expect(origins.map(({ field, sourceRecordId }) => [field, sourceRecordId])).toEqual([
      ['title', 'curated-record'],
      ['year', 'idc-record'],
    ]);
  });

  it('takes the later word of two equals', () => {
    const { record, origins } = mergeRecords([
      says('HARVEST', { title: 'earlier' }, 1),
      says('HARVEST', { title: 'later' }, 2),
    ]);
    expect(record.title).toBe('later');
    expect(origins[0]?.recordedAt).toEqual(new Date(Date.UTC(2026, 0, 2)));
  });

  it('empties a field for which the highest says that there is none, and says who said so', () => {
    const { record, origins } = mergeRecords([says('STEWARD', { year: null }), says('IDC', { year: 2020 })]);
    expect(record).not.toHaveProperty('year');
    expect(origins).toMatchObject([{ field: 'year', sourceRecordId: 'steward-record' }]);
  });

  it('passes over a null of a lower source', () => {
    expect(mergeRecords([says('IDC', { year: 2020 }), says('PAPER', { year: null })]).record.year).toBe(2020);
  });

  it('replaces lists whole', () => {
    const { record } = mergeRecords([says('CURATED', { keywords: ['a'] }), says('IDC', { keywords: ['b'] })]);
    expect(record.keywords).toEqual(['a']);
  });

  it('keeps the counts of every source, highest first', () => {
    const { record } = mergeRecords([
      says('PAPER', { counts: [count(160, 'paper')] }),
      says('CURATED', { counts: [count(168, 'publisher')] }),
    ]);
    expect(record.counts?.map(({ value }) => value)).toEqual([168, 160]);
  });

  it('keeps the identifiers of every source, each once', () => {
    const { record } = mergeRecords([
      says('CURATED', { identifiers: ['doi:10.1/a', 'x:1'] }),
      says('IDC', { identifiers: ['x:1', 'y:2'] }),
    ]);
    expect(record.identifiers).toEqual(['doi:10.1/a', 'x:1', 'y:2']);
  });

  it("lets a steward's counts replace all others", () => {
    const { record } = mergeRecords([
      says('STEWARD', { counts: [count(1, 'steward')] }),
      says('IDC', { counts: [count(2, 'idc')] }),
    ]);
    expect(record.counts?.map(({ value }) => value)).toEqual([1]);
  });

  it.each([
    ['a reviewed record does not open what an XNAT closed', ['CURATED', 'OPEN'], ['XNAT', 'RESTRICTED'], 'RESTRICTED'],
    ['a steward does', ['STEWARD', 'OPEN'], ['XNAT', 'RESTRICTED'], 'OPEN'],
    ['an XNAT does not open what a reviewed record closed', ['CURATED', 'RESTRICTED'], ['XNAT', 'OPEN'], 'RESTRICTED'],
    ['another source closes nothing', ['CURATED', 'OPEN'], ['IDC', 'RESTRICTED'], 'OPEN'],
  ] as const)('of the access class: %s', (_, [high, byHigh], [low, byLow], shown) => {
    const statements = [says(high, { accessClass: byHigh, year: 1 }), says(low, { accessClass: byLow, year: 2 })];
    const { record, origins } = mergeRecords(statements);
    expect(record).toEqual({ accessClass: shown, year: 1 });
    expect(origins[0]).toMatchObject({ field: 'accessClass', sourceId: kinds.indexOf(shown === byHigh ? high : low) });
  });

  it('of nothing is nothing', () => {
    expect(mergeRecords([])).toEqual({ record: {}, origins: [] });
  });
});

describe('a statement', () => {
  const record = { sourceId: 'a', slug: 'a', title: 'A', description: 'a' };

  it('leaves out the key and the slug, which describe nothing', () => {
    expect(statementOf(record, 'source')).toEqual({ title: 'A', description: 'a' });
  });

  it('turns the shorthand subjectCount into a count of its source', () => {
    expect(statementOf({ ...record, subjectCount: 7 }, 'tcia').counts).toEqual([count(7, 'tcia')]);
  });
});
