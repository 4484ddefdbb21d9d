import { ingestIdc } from '../ingest/idc/ingest-idc.ts';
import { readShippedRecords, readShippedVocabulary, shippedIdcExtracts } from '../ingest/shipped/read-shipped.ts';
import { type IntakeReport, intakeRecords, loadVocabulary } from '../src/catalog/index.ts';
import type { Application } from '../src/compose.ts';

/** Takes over the shipped vocabulary: at every start, so that a new version's terms are there. */
export async function loadShippedVocabulary(app: Application): Promise<void> {
  await loadVocabulary(await readShippedVocabulary(), app.records);
}

/** The shipped records and the rows of the shipped Imaging Data Commons extracts, through the same doors as any other source. */
export async function loadShippedDatasets(app: Application, signal: AbortSignal): Promise<IntakeReport> {
  const records = await intakeRecords(
    {
      source: { name: 'mia-catalog', kind: 'CURATED' },
      records: await readShippedRecords(),
      publish: false,
      actor: 'mia-catalog',
    },
    app.records,
  );
  const rows = await ingestIdc({ files: await shippedIdcExtracts(), signal }, app);
  // Published last, so that the first version's snapshot counts the rows that came with it.
  const published = await intakeRecords(
    {
      source: { name: 'mia-catalog', kind: 'CURATED' },
      records: await readShippedRecords(),
      publish: true,
      actor: 'mia-catalog',
    },
    app.records,
  );
  return {
    accepted: records.accepted + rows.accepted,
    unchanged: published.unchanged + rows.unchanged,
    rejected: [...records.rejected, ...rows.rejected],
  };
}
