import { describe, expect, it } from 'vitest';
import { renderSearchTable } from '../../../bin/search-table.ts';

const hit = {
  slug: 'adni',
  title:
    'Alzheimer Disease Neuroimaging Initiative, a title that is much too long for any terminal there is to read it on',
  accessClass: 'RESTRICTED',
  subjects: '>2500',
  because: 'people with\n  mild cognitive impairment',
};

describe('the table of hits', () => {
  it.each([40, 80, 100, 300])('keeps every line within a terminal of %i columns, or within 72', (columns) => {
    const lines = renderSearchTable([hit, { ...hit, slug: 'a'.repeat(60) }], columns).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(72, columns));
    expect(lines).toHaveLength(6);
  });

  it('shows what a dataset is, how many people it has, who may use it, and why it was found', () => {
    const [head, , first, why] = renderSearchTable([hit], 100).split('\n');
    expect(head).toMatch(/dataset +title +subjects +access/);
    expect(first).toMatch(/^1 {2}adni +Alzheimer Disease.* +>2500 {2}restricted$/);
    expect(why?.trim()).toBe('people with mild cognitive impairment');
  });

  it('says that there is nothing', () => {
    expect(renderSearchTable([], 80)).toBe('Nothing found.');
  });
});
