import { access, constants, stat } from 'node:fs/promises';
import { type IntakeReport, intakeRecords, type RecordStore } from '../../src/catalog/index.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { readJsonLines } from '../kit/read-json-lines.ts';

/** A file of dataset records, and whose they are. */
export interface RecordsIngest {
  /** JSON Lines, or `-` for standard input. */
  readonly file: string;
  readonly sourceName: string;
  readonly publish: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Takes dataset records in from JSON Lines, one record a line.
 * @throws InvalidInputError when the file cannot be read
 */
export async function ingestRecords(ingest: RecordsIngest, store: RecordStore): Promise<IntakeReport> {
  if (ingest.file !== '-') {
    const unreadable = (cause?: unknown): InvalidInputError =>
      new InvalidInputError(`The file ${ingest.file} cannot be read: check its name and rights.`, {}, { cause });
    await access(ingest.file, constants.R_OK).catch((error: unknown) => {
      throw unreadable(error);
    });
    if ((await stat(ingest.file)).isDirectory()) throw unreadable();
  }
  return await intakeRecords(
    {
      source: { name: ingest.sourceName, kind: 'HARVEST' },
      records: readJsonLines(ingest.file),
      publish: ingest.publish,
      actor: `ingest:${ingest.sourceName}`,
      ...(ingest.signal && { signal: ingest.signal }),
    },
    store,
  );
}
