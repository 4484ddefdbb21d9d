import { faultOf, refuseOtherEncoder } from '../check-document.ts';
import type { GenerationSpec } from '../model.ts';
import type { ApplyReport, IndexChange, ScannedDocument } from '../ports.ts';
import { bulkAnswer, searchAnswer } from './elastic-answers.ts';
import { documentBody, type JsonObject } from './elastic-mapping.ts';
import type { ElasticRequests } from './elastic-requests.ts';

/** Writes documents into an index and takes some out, in one request; an older version than the one there changes nothing. */
export async function writeDocuments(
  server: ElasticRequests,
  { index, spec }: { readonly index: string; readonly spec: GenerationSpec },
  changes: readonly IndexChange[],
): Promise<ApplyReport> {
  refuseOtherEncoder(changes, spec);
  const rejected: { id: string; reason: string }[] = [];
  const lines: JsonObject[] = [];
  for (const change of changes) {
    const meta = { version_type: 'external_gte' };
    if (change.kind === 'delete') {
      lines.push({ delete: { _id: change.id, version: change.version, ...meta } });
      continue;
    }
    const { document, contentHash } = change;
    const reason = faultOf(document, spec);
    if (reason !== undefined) rejected.push({ id: document.id, reason });
    else
      lines.push(
        { index: { _id: document.id, version: document.version, ...meta } },
        documentBody(document, contentHash, spec),
      );
  }
  if (lines.length === 0) return { applied: 0, outdated: 0, rejected };
  const answer = bulkAnswer(await server.send('POST', `/${index}/_bulk`, lines));
  return { ...answer, rejected: [...rejected, ...answer.rejected] };
}

/** All documents of an index by id, as they were when the first page was asked for. */
export async function* scanIndex(
  server: ElasticRequests,
  index: string,
  pageSize: number,
): AsyncIterable<readonly ScannedDocument[]> {
  const opened = await server.send('POST', `/${index}/_pit?keep_alive=2m`);
  let pit = searchAnswer.pitId(opened);
  let after: readonly (string | number | null)[] | undefined;
  try {
    while (true) {
      const answer = searchAnswer.parse(
        await server.send('POST', '/_search', {
          pit: { id: pit, keep_alive: '2m' },
          size: pageSize,
          sort: [{ id: 'asc' }],
          track_total_hits: false,
          _source: ['version', 'hash', 'readers'],
          ...(after === undefined ? {} : { search_after: after }),
        }),
      );
      const page = answer.hits.map(({ _id, _source }) => searchAnswer.scanned(_id, _source));
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
      pit = answer.pitId ?? pit;
      after = answer.hits.at(-1)?.sort;
    }
  } finally {
    await server.send('DELETE', '/_pit', { id: pit }, { missing: {} });
  }
}
