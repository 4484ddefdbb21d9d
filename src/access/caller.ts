import { NotFoundError } from '../kernel/errors.ts';
import { type DatasetId, decodeNodeId } from '../kernel/ids.ts';
import type { Principal } from './model.ts';

/** Who calls a use case, and what exists for them. */
export interface Caller {
  readonly principal: Principal;
  /** Whether the caller may see the record of this dataset. */
  readonly sees: (datasetId: DatasetId) => Promise<boolean>;
}

/**
 * The dataset that a caller names by node id.
 * @throws NotFoundError when there is none that the caller may see
 */
export async function visibleDataset(nodeId: string, caller: Caller): Promise<DatasetId> {
  const datasetId = uuidOfNode('Dataset', nodeId) as DatasetId | undefined;
  if (datasetId !== undefined && (await caller.sees(datasetId))) return datasetId;
  throw new NotFoundError('There is no such dataset: `datasetId` is the `id` of a Dataset you can see.', {
    fields: ['datasetId'],
  });
}

/** The UUID in a node id of this type; undefined when it is none. */
export function uuidOfNode(type: string, nodeId: string): string | undefined {
  const node = decodeNodeId(nodeId);
  return node?.type === type ? node.uuid : undefined;
}
