import type { Reads } from '../../db/read-pool.ts';
import type { Agent, DatasetParts, Properties } from '../model/dataset.ts';
import { Columns } from './columns.ts';

interface PartSpec<T> {
  readonly columns: Columns<T>;
  /** The table `x` that hangs on the dataset, with what it is joined to. */
  readonly from: string;
  readonly where?: string;
  readonly order?: string;
}

const conceptId = new Columns<{ readonly conceptId: string }>({ conceptId: 'x.concept_id' });

/** How agents are read, from `a`. */
export const agentColumns: Columns<Agent> = new Columns<Agent>({
  id: 'a.id',
  kind: 'a.kind',
  name: 'a.name',
  iri: 'a.iri',
  homepage: 'a.homepage',
});

/** Every kind of part, in the order of its record unless another is named. */
const parts: { readonly [K in keyof DatasetParts]: PartSpec<DatasetParts[K]> } = {
  creators: { columns: agentColumns, from: 'dataset_creator x JOIN agent a ON a.id = x.agent_id' },
  conditions: { columns: conceptId, from: 'dataset_concept x', where: `x.role = 'CONDITION'` },
  bodyParts: { columns: conceptId, from: 'dataset_concept x', where: `x.role = 'BODY_PART'` },
  modalities: {
    columns: new Columns<DatasetParts['modalities']>({ code: 'x.modality_code' }),
    from: 'dataset_modality x',
  },
  identifiers: {
    columns: new Columns<DatasetParts['identifiers']>({ scheme: 'x.scheme', value: 'x.value', iri: 'x.iri' }),
    from: 'identifier x',
  },
  distributions: {
    columns: new Columns<DatasetParts['distributions']>({
      title: 'x.title',
      description: 'x.description',
      accessUrl: 'x.access_url',
      downloadUrl: 'x.download_url',
      mediaType: 'x.media_type',
      format: 'x.format',
      byteSize: 'x.byte_size',
      licenseId: 'x.license_id',
      accessNote: 'x.access_note',
    }),
    from: 'distribution x',
  },
  publications: {
    columns: new Columns<DatasetParts['publications']>({
      role: 'x.role',
      title: 'p.title',
      citation: 'p.citation',
      doi: 'p.doi',
      pmid: 'p.pmid',
      url: 'p.url',
      year: 'p.year',
    }),
    from: 'dataset_publication x JOIN publication p ON p.id = x.publication_id',
  },
  relations: {
    columns: new Columns<DatasetParts['relations']>({
      type: 'x.type',
      targetSlug: 'x.target_slug',
      targetIri: 'x.target_iri',
      label: 'x.label',
    }),
    from: 'dataset_relation x',
  },
  counts: {
    columns: new Columns<DatasetParts['counts']>({
      measure: 'x.measure',
      value: 'x.value',
      qualifier: 'x.qualifier',
      unit: 'x.unit',
      asOf: 'x.as_of',
      source: 'x.source',
      note: 'x.note',
      confirmed: 'x.confirmed',
      headline: 'x.headline',
    }),
    from: 'dataset_count x',
  },
  origins: {
    columns: new Columns<DatasetParts['origins']>({
      field: 'x.field',
      source: 's.name',
      kind: 's.kind',
      sourceRecordId: 'x.source_record_id',
      recordedAt: 'x.recorded_at',
    }),
    from: 'field_origin x JOIN source s ON s.id = x.source_id',
    order: 'x.field',
  },
};

/** Reads one kind of part of some datasets in one statement. */
export async function readParts<K extends keyof DatasetParts>(
  db: Reads,
  kind: K,
  datasetIds: readonly string[],
  properties?: Properties,
): Promise<ReadonlyMap<string, readonly DatasetParts[K][]>> {
  const { from, where = 'TRUE', order = 'x.position' }: PartSpec<DatasetParts[K]> = parts[kind];
  const columns: Columns<DatasetParts[K]> = parts[kind].columns.pick(properties);
  const rows = await db.rows({
    text: `SELECT x.dataset_id, ${columns.sql} FROM ${from} WHERE x.dataset_id = ANY($1::uuid[]) AND ${where} ORDER BY x.dataset_id, ${order}`,
    values: [datasetIds],
    prepared: true,
  });
  const ofDataset = new Map<string, DatasetParts[K][]>();
  for (const row of rows) {
    const id = String(row[0]);
    const list = ofDataset.get(id);
    const part = columns.read(row, 1);
    if (list === undefined) ofDataset.set(id, [part]);
    else list.push(part);
  }
  return ofDataset;
}
