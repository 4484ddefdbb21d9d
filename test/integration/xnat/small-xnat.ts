import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connectXnat, type SimulatorOptions, startXnatSimulator } from '../../../src/compose-xnat.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import type { XnatServer } from '../../../src/xnat/index.ts';

/** A signal that no test aborts; vitest's own timeout ends a stuck test. */
export const never = new AbortController().signal;

/** Fields of a made-up series that a test cares about. */
export interface SeriesRow {
  readonly collection?: 'upenn_gbm' | 'cptac_pda';
  readonly patient: string;
  readonly study: string;
  readonly series: string;
  readonly modality?: string;
  readonly description?: string;
  readonly instances?: number;
  readonly revised?: number;
  readonly date?: string;
}

const header =
  'collection_id,analysis_result_id,PatientID,PatientAge,PatientSex,StudyInstanceUID,StudyDate,StudyDescription,SeriesInstanceUID,SeriesNumber,SeriesDate,SeriesDescription,Modality,BodyPartExamined,Manufacturer,ManufacturerModelName,SOPClassUID,instanceCount,series_size_MB,license_short_name,source_DOI,series_init_idc_version,series_revised_idc_version,crdc_series_uuid';
const priorHeader =
  'collection_id,PatientID,SeriesInstanceUID,StudyInstanceUID,Modality,gcs_bucket,crdc_series_uuid,series_size_MB,series_aws_url,aws_bucket,min_idc_version,max_idc_version';

/** Three patients in one project, one in another: enough for every rule, small enough to read. */
export const fewSeries: readonly SeriesRow[] = [
  { patient: 'P1', study: '1.1', series: '1.1.1', description: 'T1 "gad", axial' },
  { patient: 'P1', study: '1.1', series: '1.1.2', description: 'T2/FLAIR', instances: 3 },
  { patient: 'P1', study: '1.2', series: '1.2.1', modality: 'SEG', description: 'mask' },
  { patient: 'P2', study: '2.1', series: '2.1.1', date: '2021-03-04' },
  { patient: 'P3', study: '3.1', series: '3.1.1', modality: 'PT' },
  { patient: 'P3', study: '3.1', series: '3.1.2', modality: 'CT', revised: 20 },
  { collection: 'cptac_pda', patient: 'P1', study: '9.1', series: '9.1.1', modality: 'CT' },
];

/** A series that was replaced (same UID) and one that was removed, both last seen in release 19. */
export const priorRows: readonly string[] = [
  'upenn_gbm,P3,3.1.2,3.1,CT,b,prior-3.1.2,7.5,s3://x,b,10,19',
  'upenn_gbm,P4,4.1.1,4.1,MR,b,prior-4.1.1,1.25,s3://x,b,10,19',
];

/** Writes the extract files the simulator loads. @returns their folder */
export function writeExtracts(rows: readonly SeriesRow[], prior: readonly string[] = priorRows): string {
  const folder = mkdtempSync(join(tmpdir(), 'mia-xnat-'));
  for (const collection of ['upenn_gbm', 'cptac_pda'] as const) {
    const lines = rows
      .filter((row) => (row.collection ?? 'upenn_gbm') === collection)
      .map((row, index) => seriesLine(collection, row, index));
    writeFileSync(join(folder, `${collection}.series.csv.gz`), gzipSync([header, ...lines, ''].join('\n')));
  }
  writeFileSync(
    join(folder, 'prior_versions.five_collections.csv.gz'),
    gzipSync([priorHeader, ...prior, ''].join('\n')),
  );
  return folder;
}

function seriesLine(collection: string, row: SeriesRow, index: number): string {
  const quoted = `"${(row.description ?? 'plain').replaceAll('"', '""')}"`;
  const date = row.date ?? '2020-01-02';
  const revised = row.revised ?? 10;
  return [
    collection,
    '',
    row.patient,
    '052Y',
    'F',
    row.study,
    date,
    'BRAIN',
    row.series,
    index + 1,
    date,
    quoted,
    row.modality ?? 'MR',
    'BRAIN',
    'SIEMENS',
    'TrioTim',
    '1.2.840',
    row.instances ?? 2,
    '12.5',
    'CC BY 4.0',
    '10.7937/x',
    10,
    revised,
    `uuid-${row.series}`,
  ].join(',');
}

/** A running simulator with an admin connection. */
export interface SmallXnat {
  readonly url: string;
  readonly server: XnatServer;
  readonly connect: (options?: Partial<Parameters<typeof connectXnat>[0]>) => XnatServer;
  readonly fault: (fault: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  readonly version: (change: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;
  readonly post: (path: string, body: unknown) => Promise<Record<string, unknown>>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** Quick retries: tests wait for behaviour, not for clocks. */
const quick = { attempts: 4, baseDelayMs: 5, maxDelayMs: 20 };

/** Starts a simulator on a free port with the few series above, or with others. */
export async function startSmallXnat(
  options: {
    readonly rows?: readonly SeriesRow[];
    readonly users?: SimulatorOptions['users'];
    readonly tokenLifeMs?: number;
  } = {},
): Promise<SmallXnat> {
  const folder = writeExtracts(options.rows ?? fewSeries);
  const simulator = await startXnatSimulator({
    host: '127.0.0.1',
    port: 0,
    users: options.users ?? [],
    idc: { folder, collections: ['upenn_gbm', 'cptac_pda'] },
    tokenLifeMs: options.tokenLifeMs,
    logger: silentLogger,
  });
  const credentials = { kind: 'password', login: 'admin', password: 'admin' } as const;
  const connect: SmallXnat['connect'] = (more) =>
    connectXnat({
      url: simulator.url,
      credentials,
      allowPrivate: true,
      retry: quick,
      timeoutMs: 5000,
      logger: silentLogger,
      ...more,
    });
  const server = connect();
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const reply = await fetch(`${simulator.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    const value: unknown = await reply.json();
    return typeof value === 'object' && value !== null ? { ...value } : {};
  };
  const basic = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
  return {
    url: simulator.url,
    server,
    connect,
    fault: async (fault) => {
      await call('POST', '/_sim/fault', fault);
    },
    clearFaults: async () => {
      await call('DELETE', '/_sim/fault');
    },
    version: (change) => call('POST', '/_sim/version', change),
    post: (path, body) => call('POST', path, body),
    get: (path, headers = { authorization: basic }) => fetch(`${simulator.url}${path}`, { headers }),
    close: async () => {
      await server.close(AbortSignal.timeout(2000)).catch(() => undefined); // faults may forbid even the logout
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A byte stream of one piece, openable again. */
export function bytesOf(text: string): () => AsyncIterable<Uint8Array> {
  return async function* open() {
    yield await Promise.resolve(Buffer.from(text));
  };
}

/** Reads a stream whole. */
export async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
