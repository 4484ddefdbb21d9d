import { afterEach, beforeEach, expect } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { rowsOf } from './mirror-kit.ts';
import { type SmallXnat, startSmallXnat } from './small-xnat.ts';

/** An account of the small XNAT that owns both its projects and administers nothing. */
export const ann = {
  login: 'ann',
  password: 'secret',
  role: 'user',
  memberships: { upenn_gbm: 'owner', cptac_pda: 'owner' },
} as const;

/** An empty catalog and a small XNAT, new for each test. */
export interface MirrorScene {
  readonly catalog: TestCatalog;
  readonly xnat: SmallXnat;
  /** Token of an administrator of the catalog. */
  readonly admin: string;
  /** SeriesInstanceUIDs that a dataset holds, sorted. */
  scansOf(slug?: string): Promise<string[]>;
  publish(slug: string): Promise<void>;
  /** What a guest is told of a dataset; null where there is none for them. */
  guestSees(slug: string): Promise<unknown>;
}

/** Sets the scene before each test of a `describe`, and takes it down after. */
export function mirrorScene(): MirrorScene {
  let catalog: TestCatalog;
  let xnat: SmallXnat;
  let admin: string;
  beforeEach(async () => {
    catalog = await startTestCatalog('empty', { MIA_LIMIT_COST: '2000000000' });
    xnat = await startSmallXnat({ users: [ann] });
    admin = await catalog.token('ADMIN');
  });
  afterEach(async () => {
    await xnat.close();
    await catalog.close();
  });
  return {
    get catalog() {
      return catalog;
    },
    get xnat() {
      return xnat;
    },
    get admin() {
      return admin;
    },
    scansOf: async (slug = 'upenn-gbm') => {
      const { subjects } = await rowsOf(catalog, slug, admin);
      return subjects.nodes
        .flatMap((subject: any) => subject.sessions.nodes.flatMap((session: any) => session.scans.nodes))
        .map((scan: any) => scan.seriesInstanceUid)
        .sort();
    },
    publish: async (slug) => {
      const { data } = await catalog.ask(`{ dataset(slug: "${slug}") { id version } }`, {}, admin);
      const input = { id: data.dataset.id, expectedVersion: data.dataset.version };
      const answer = await catalog.ask(
        'mutation($input: PublishDatasetInput!) { publishDataset(input: $input) { dataset { status } } }',
        { input },
        admin,
      );
      expect(answer.errors).toBeUndefined();
    },
    guestSees: async (slug) =>
      (await catalog.ask(`{ dataset(slug: "${slug}") { slug scanCount { ... on ExactCount { value } } } }`)).data
        .dataset,
  };
}
