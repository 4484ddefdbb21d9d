import { articleItem } from './articles.ts';
import type { TestCatalog } from './test-catalog.ts';

/** Takes articles in, as a harvester does. */
export async function takeArticles(
  catalog: TestCatalog,
  items: readonly ReturnType<typeof articleItem>[],
  file = 'test',
): Promise<void> {
  await catalog.app.literature.intake.take({
    source: 'test',
    file,
    items,
    checkpoint: { items: items.length, cursor: undefined, complete: true },
  });
}

/** Reads what is new for datasets, until nothing is left. */
export async function mineAll(catalog: TestCatalog): Promise<{ readonly mined: number; readonly unchanged: number }> {
  return await catalog.app.literature.discovery.mine(new AbortController().signal);
}

/** A paper that introduces a dataset that nobody knows. */
export const introducing = articleItem({
  pmid: '90000001',
  doi: '10.5555/linz.1',
  year: 2023,
  title: 'The Danube Infant Motion Archive: an open dataset of fetal MRI',
  abstract:
    'We present the Danube Infant Motion Archive (DIMA), a new open dataset of fetal MRI. The Danube Infant Motion Archive contains ' +
    'functional MRI of 412 participants with autism spectrum disorder. All data of the Danube Infant Motion Archive are publicly available under a CC BY 4.0 licence.',
  sections: [
    {
      name: 'Data availability',
      role: 'DATA_AVAILABILITY',
      text: 'The DIMA data are deposited in OpenNeuro under accession number ds004321 (https://doi.org/10.18112/openneuro.ds004321.v1.0.0).',
    },
  ],
});

/** A paper that uses it. */
export const using = articleItem({
  pmid: '90000002',
  doi: '10.5555/linz.2',
  year: 2024,
  title: 'Motion of the fetal head',
  abstract:
    'We used data from the Danube Infant Motion Archive (DIMA) dataset. Head motion 🧠 was estimated in the Danube Infant Motion Archive dataset with a new method.',
});
