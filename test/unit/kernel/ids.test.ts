import { describe, expect, it } from 'vitest';
import { datasetIdOf, decodeNodeId, encodeNodeId, naturalId, uuidV5 } from '../../../src/kernel/ids.ts';

const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('a name-based UUID', () => {
  it('is the one of RFC 9562, appendix A.4', () => {
    expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('has version 5 and the variant of RFC 9562', () => {
    expect(naturalId('anything')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('differs for names that differ', () => {
    expect(datasetIdOf('abide')).not.toBe(datasetIdOf('adni'));
  });

  it('of a dataset stays what it was when the first catalogs were filled', () => {
    expect(datasetIdOf('abide')).toBe('d5fca59b-6b7a-5b4b-94f8-82d4d5c73f05');
  });
});

describe('a node id', () => {
  const uuid = datasetIdOf('abide');

  it('gives back its type and key', () => {
    expect(decodeNodeId(encodeNodeId('Dataset', uuid))).toEqual({ type: 'Dataset', uuid });
  });

  it.each(['', ':', 'Dataset', 'Dataset:', `:${uuid}`, uuid, `Dataset:${uuid.toUpperCase()}`, `Dataset:${uuid}x`])(
    'is not %j',
    (id) => {
      expect(decodeNodeId(id)).toBeUndefined();
    },
  );
});
