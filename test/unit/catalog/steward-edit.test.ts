import { describe, expect, it } from 'vitest';
import { datasetRecordSchema } from '../../../src/catalog/model/dataset-record.ts';
import { editableFields, newsOf, parseEdit, patchName } from '../../../src/catalog/model/steward-edit.ts';
import { VocabularyIndex } from '../../../src/catalog/model/vocabulary.ts';

const vocabulary = new VocabularyIndex({ concepts: [], modalities: [], licenses: [] });

describe('an edit', () => {
  it('can be made of every field of a record but its keys', () => {
    const fields = Object.keys(datasetRecordSchema.shape).filter(
      (field) => !['sourceId', 'slug', 'subjectCount'].includes(field),
    );
    expect(Object.values<string>(editableFields).sort()).toEqual(fields.sort());
    expect(new Set(fields.map(patchName)).size).toBe(fields.length);
  });

  it('is read from objects without a prototype, as graphql-js makes them', () => {
    const publisher: object = Object.assign(Object.create(null) as object, { name: 'P', iri: null });
    const patch: object = Object.assign(Object.create(null) as object, { acronym: null, publisher, landingPage: null });
    expect(parseEdit(patch, 'patch').set).toEqual({
      acronym: null,
      publisher: { name: 'P', kind: 'ORGANISATION' },
      url: null,
    });
  });

  it('leaves a field alone that is undefined', () => {
    const patch: object = { acronym: undefined };
    expect(parseEdit(patch, 'patch')).toEqual({ set: {}, reset: [] });
  });

  it('says only what the record does not show', () => {
    const record = { title: 'T', keywords: ['a', 'b'], accessClass: 'OPEN' as const };
    expect(
      newsOf({ title: 'T', keywords: ['a', 'b', 'a'], acronym: null, simulated: false }, record, vocabulary),
    ).toEqual({});
    expect(newsOf({ title: 'U', keywords: ['b', 'a'] }, record, vocabulary)).toEqual({
      title: 'U',
      keywords: ['b', 'a'],
    });
    expect(newsOf({ keywords: null }, record, vocabulary)).toEqual({ keywords: null });
  });
});
