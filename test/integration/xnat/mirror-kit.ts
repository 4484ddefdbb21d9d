import { mappingOf, mirrorNow, registerXnatSource } from '../../../bin/mirror-xnat.ts';
import type { ProjectMapping } from '../../../ingest/xnat/mapping.ts';
import type { XnatConfig } from '../../../src/config.ts';
import type { HarvestOptions, HarvestReport } from '../../../src/harvest/index.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import type { TestCatalog } from '../../kit/test-catalog.ts';

/** How a test mirrors. */
export interface TestMirror {
  readonly options?: Partial<HarvestOptions>;
  readonly mapping?: ProjectMapping;
  readonly resources?: boolean;
  readonly signal?: AbortSignal;
  readonly account?: XnatConfig['account'];
}

/** Mirrors a simulated XNAT into a test's catalog, as `mia ingest xnat --server sim` does. */
export async function mirror(catalog: TestCatalog, url: string, how: TestMirror = {}): Promise<HarvestReport> {
  const xnat: XnatConfig = {
    url,
    name: null,
    account: how.account ?? { user: 'admin', password: 'admin' },
    allowPrivate: true,
    caFile: null,
    mappingFile: null,
    intervalS: 900,
  };
  const source = await registerXnatSource(catalog.app, xnat, 'sim');
  return await mirrorNow(
    catalog.app,
    source,
    { full: false, digests: false, ...how.options },
    {
      xnat,
      mapping: how.mapping ?? mappingOf(null),
      resources: how.resources ?? true,
      signal: how.signal ?? new AbortController().signal,
      logger: silentLogger,
    },
  );
}

const rowsQuery = `query Rows($slug: String!) { dataset(slug: $slug) {
  status accessClass title
  subjects(first: 1000) { nodes { label sex ageYears group values { name text } resources { label fileCount byteSize }
    sharedInto { label dataset { slug } } assessors { label xsiType }
    sessions(first: 100) { nodes { label studyInstanceUid date description values { name text } resources { label fileCount byteSize }
      assessors { label xsiType } sharedInto { label dataset { slug } }
      scans(first: 200) { nodes { label seriesInstanceUid modality { code } seriesDescription byteSize resources { label fileCount byteSize } } } } } } } } }`;

/** All rows of a dataset, as an administrator sees them. */
export async function rowsOf(catalog: TestCatalog, slug: string, token: string): Promise<any> {
  const { data, errors } = await catalog.ask(rowsQuery, { slug }, token);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data.dataset;
}

/** Waits until a run is under way. */
export async function runUnderWay(catalog: TestCatalog): Promise<void> {
  for (;;) {
    const { items } = await catalog.app.harvests.runs({ state: ['RUNNING'] }, { first: 1 });
    if (items.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
