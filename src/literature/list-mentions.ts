import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { decodeCursor, type PageRequest, pageSize } from '../kernel/page.ts';
import type { DatasetPaper, StoredMention } from './discovery-model.ts';
import type { MentionReader } from './discovery-ports.ts';
import type { MentionRole } from './mining/model.ts';

/** Which page of what papers say of a dataset that the caller was already given. */
export interface MentionPage {
  readonly role: MentionRole | undefined;
  readonly first: number;
  readonly after: string | undefined;
}

/** Mentions of a dataset, the newest papers first. */
export async function listMentions(
  id: DatasetId,
  { role, first, after }: MentionPage,
  mentions: MentionReader,
): Promise<Connection<StoredMention>> {
  const order = 'mention:year';
  const request: PageRequest = {
    first: pageSize(first),
    ...(after !== undefined && { after: decodeCursor(order, ['integer', 'uuid', 'integer'], after) }),
  };
  const page = await mentions.ofDataset(id, role, request);
  return toConnection(order, page, async () => exactly(await mentions.countOfDataset(id, role), 'mentions'));
}

/** Papers that name a dataset, the newest first. */
export async function listPapers(
  id: DatasetId,
  { role, first, after }: MentionPage,
  mentions: MentionReader,
): Promise<Connection<DatasetPaper>> {
  const order = 'paper:year';
  const request: PageRequest = {
    first: pageSize(first),
    ...(after !== undefined && { after: decodeCursor(order, ['integer', 'uuid'], after) }),
  };
  const page = await mentions.papers(id, role, request);
  return toConnection(order, page, async () => exactly(await mentions.countPapers(id, role), 'papers'));
}
