import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
});
afterAll(async () => {
  await catalog.close();
});

describe('the shipped datasets', () => {
  it('hold every series of the five Imaging Data Commons extracts', async () => {
    const { data } = await catalog.ask(
      `{ datasets(where: { source: { eq: "idc" } }, orderBy: { field: SLUG }) { nodes { slug
          subjects(first: 0) { totalCount { ... on ExactCount { value } } }
          sessionCount { ... on ExactCount { value } } scanCount { ... on ExactCount { value } } } } }`,
    );
    const counts = data.datasets.nodes.map((node: any) => [
      node.slug,
      node.subjects.totalCount.value,
      node.sessionCount.value,
      node.scanCount.value,
    ]);
    expect(counts).toEqual([
      ['cptac-ccrcc', 233, 319, 2321],
      ['cptac-pda', 195, 302, 2226],
      ['lung-pet-ct-dx', 355, 436, 2606],
      ['tcga-kirc', 537, 976, 6123],
      ['upenn-gbm', 630, 3301, 6064],
    ]);
  });
});
