import { decodeNodeId } from '../kernel/ids.ts';
import type {
  Dataset,
  DatasetVersion,
  ImagingSession,
  RowKind,
  RowOf,
  Scan,
  Subject,
  Variable,
} from './model/dataset.ts';
import { datasetKey } from './read-catalog.ts';

interface Loader<T> {
  load(key: string): Promise<T>;
}

/** Reads by id that a node can come from. */
export interface NodeLoaders {
  readonly dataset: Loader<Dataset | null>;
  readonly datasetBySlug: Loader<Dataset | null>;
  readonly version: Loader<DatasetVersion | null>;
  readonly row: <K extends RowKind>(kind: K) => Loader<RowOf<K> | null>;
}

type AnyNode = Dataset | DatasetVersion | Subject | ImagingSession | Scan | Variable;

/** The node of this id, or null: unknown, invisible and malformed ids are not told apart. */
export async function fetchNode(id: string, loaders: NodeLoaders): Promise<AnyNode | null> {
  const decoded = decodeNodeId(id);
  switch (decoded?.type) {
    case 'Dataset':
      return await loaders.dataset.load(decoded.uuid);
    case 'DatasetVersion':
      return await loaders.version.load(decoded.uuid);
    case 'Subject':
      return await loaders.row('subject').load(decoded.uuid);
    case 'ImagingSession':
      return await loaders.row('session').load(decoded.uuid);
    case 'Scan':
      return await loaders.row('scan').load(decoded.uuid);
    case 'Variable':
      return await loaders.row('variable').load(decoded.uuid);
    default:
      return null;
  }
}

/** The dataset of an id or slug, or null. */
export async function fetchDataset(
  args: { readonly id?: string | null; readonly slug?: string | null },
  loaders: NodeLoaders,
): Promise<Dataset | null> {
  const key = datasetKey(args);
  if ('slug' in key) return await loaders.datasetBySlug.load(key.slug);
  const decoded = decodeNodeId(key.id);
  return decoded?.type === 'Dataset' ? await loaders.dataset.load(decoded.uuid) : null;
}

/** The GraphQL type of a node, told by the property only that type has. */
export function typeOfNode(
  node: AnyNode,
): 'Dataset' | 'DatasetVersion' | 'Subject' | 'ImagingSession' | 'Scan' | 'Variable' {
  if ('slug' in node) return 'snapshot' in node ? 'DatasetVersion' : 'Dataset';
  if ('sessionId' in node) return 'Scan';
  if ('subjectId' in node) return 'ImagingSession';
  return 'missingCodes' in node ? 'Variable' : 'Subject';
}
