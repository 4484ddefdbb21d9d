import type { ReadScope } from '../access/index.ts';
import { type CatalogReader, type Dataset, headlineSubjects } from '../catalog/index.ts';
import { csvCell } from '../kernel/csv-cell.ts';
import type { RankedDataset } from './ports.ts';

const head = ['slug', 'title', 'accessClass', 'subjects', 'modalities', 'conditions', 'year', 'landingPage', 'score'];

/** Hits as comma-separated values (RFC 4180), in their order; what the reader may no longer see is left out. */
export async function writeCsv(
  hits: readonly RankedDataset[],
  parts: { readonly reader: CatalogReader; readonly scope: ReadScope },
): Promise<string> {
  const { reader, scope } = parts;
  const ids = hits.map(({ id }) => id);
  const datasets = new Map((await reader.datasetsByIds(ids, scope)).map((dataset) => [String(dataset.id), dataset]));
  const seen = [...datasets.keys()];
  const [counts, modalities, conditions, vocabulary] = await Promise.all([
    reader.parts('counts', seen),
    reader.parts('modalities', seen),
    reader.parts('conditions', seen),
    reader.vocabulary(),
  ]);
  const labels = new Map(vocabulary.concepts.map(({ id, label }) => [id, label]));
  const rows = hits.flatMap(({ id, score }) => {
    const dataset = datasets.get(id);
    if (dataset === undefined) return [];
    const subjects = headlineSubjects(dataset, counts.get(id) ?? []);
    return [
      [
        ...namesOf(dataset),
        // A zero of nobody's is no number.
        subjects.__typename === 'ExactCount' && subjects.source !== undefined ? String(subjects.value) : '',
        (modalities.get(id) ?? []).map(({ code }) => code).join('; '),
        (conditions.get(id) ?? []).flatMap(({ conceptId }) => labels.get(conceptId) ?? []).join('; '),
        dataset.year === undefined ? '' : String(dataset.year),
        dataset.landingPage ?? '',
        score.toFixed(3),
      ],
    ];
  });
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function namesOf({ slug, title, accessClass }: Dataset): readonly string[] {
  return [slug, title, accessClass];
}
