import type { PrincipalStore } from '../../src/access/index.ts';
import type { RecordStore, RowStore } from '../../src/catalog/index.ts';
import type { DataSource, HarvestOptions, HarvestProgress, MirrorState } from '../../src/harvest/index.ts';
import type { XnatServer } from '../../src/xnat/index.ts';
import type { ProjectMapping } from './mapping.ts';

/** A server to mirror, and how. */
export interface XnatIngest {
  /** With the address it is reached at now. */
  readonly source: DataSource;
  /** The address it had at the last run that ended well, and the name it was asked for by. */
  readonly knownAs: { readonly url: string; readonly asked: string };
  readonly server: XnatServer;
  readonly mapping: ProjectMapping;
  readonly options: HarvestOptions;
  /** Whether files are counted; without, each project costs a handful of requests and sessions none. */
  readonly resources: boolean;
  readonly state: MirrorState;
  readonly onProgress: (progress: HarvestProgress) => void;
  readonly signal: AbortSignal;
}

/** Where it goes. */
export interface XnatStores {
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly principals: PrincipalStore;
}

/** What a run tells while it goes on. */
export interface RunNotes {
  readonly reject: (sourceId: string, error: string) => void;
  readonly warn: (warning: string) => void;
}
