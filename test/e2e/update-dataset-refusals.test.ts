import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { described, mustDo, mustFail, stateOf } from '../kit/curate.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let steward: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  steward = await catalog.token('STEWARD');
});
afterAll(async () => {
  await catalog.close();
});

describe('a required field', () => {
  it.each(['title', 'description', 'accessClass'])('cannot be cleared: %s', async (field) => {
    const { slug, id, version } = await described(catalog);
    const before = await stateOf(catalog, slug);
    const { message, details } = await mustFail(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { [field]: null, year: 1999 } },
      { code: 'BAD_USER_INPUT', token: steward },
    );
    expect(details.fields).toEqual([`patch.${field}`]);
    expect(message).toContain('cannot be cleared');
    expect(await stateOf(catalog, slug)).toEqual(before);
  });

  it('cannot be taken back where no source has a word for it', async () => {
    const made = { slug: 'by-hand', title: 'By hand', description: 'd', accessClass: 'OPEN' };
    const { dataset } = await mustDo(catalog, 'createDataset', made, steward);
    const before = await stateOf(catalog, 'by-hand');
    const edit = { id: dataset.id, expectedVersion: 1, patch: { reset: ['TITLE', 'ACCESS_CLASS'] } };
    const { details } = await mustFail(catalog, 'updateDataset', edit, { code: 'BAD_USER_INPUT', token: steward });
    expect(details.fields).toEqual(['patch.reset']);
    expect(await stateOf(catalog, 'by-hand')).toEqual(before);
  });
});

describe('a bad edit', () => {
  it.each<[string, object]>([
    ['patch.title', { title: 'x'.repeat(900_000) }],
    ['patch.title', { title: 'a\0' }],
    ['patch.keywords', { keywords: Array.from({ length: 10_000 }, (_, index) => `k${index}`) }],
    ['patch.modalities.0', { modalities: ['Magnetik resonance'] }],
    ['patch.license', { license: 'my own' }],
    ['patch.publications.0.doi', { publications: [{ doi: 'doi:10.1' }] }],
    ['patch.title', { title: 'x', reset: ['TITLE'] }],
    ['patch.creators.1.iri', { creators: [{ name: 'a' }, { name: 'b', iri: 'no iri' }] }],
  ])('names the field at fault, and nothing of it is done: %s', async (path, patch) => {
    const { slug, id, version } = await described(catalog);
    const before = await stateOf(catalog, slug);
    const { details } = await mustFail(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { accessNote: 'good', ...patch } },
      { code: 'BAD_USER_INPUT', token: steward },
    );
    expect(details.fields).toEqual([path]);
    expect(await stateOf(catalog, slug)).toEqual(before);
  });

  it('relates a dataset to itself', async () => {
    const { slug, id, version } = await described(catalog);
    const patch = {
      relations: [
        { type: 'REFERENCES', dataset: 'another' },
        { type: 'DERIVED_FROM', dataset: slug },
      ],
    };
    const { details } = await mustFail(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch },
      { code: 'BAD_USER_INPUT', token: steward },
    );
    expect(details.fields).toEqual(['patch.relations.1.dataset']);
  });
});
