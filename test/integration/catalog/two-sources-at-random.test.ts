import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../../../src/access/index.ts';
import { retireSubjects } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { record, takeRecords, takeRows } from '../../kit/intake.ts';
import { seededRandom } from '../../kit/random-documents.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});

const sources = [
  { source: 'xnat', kind: 'XNAT' },
  { source: 'idc', kind: 'IDC' },
] as const;
type Name = (typeof sources)[number]['source'];
/** Steps of a run, and what they are drawn from: `MIA_TEST_SEED` for other ones. */
const steps = 300;
const labels = ['P1', 'P2'];

/** What a source says of a scan: where it is, and texts that may be absent. */
interface Said {
  readonly session: string;
  readonly bodyPart: string | null;
  readonly byteSize: number | null;
}

/** What each source says now: scans by label, below each subject. */
type Words = Record<Name, Record<string, Record<string, Said>>>;

function draw(random: () => number, label: string): Record<string, Said> {
  const scans = ['1', '2', '3'].filter(() => random() < 0.6);
  return Object.fromEntries(
    scans.map((scan) => [
      `${label}-${scan}`,
      {
        session: `${label.slice(1)}.${random() < 0.7 ? 1 : 2}`,
        bodyPart: random() < 0.5 ? null : `part ${Math.floor(random() * 3)}`,
        byteSize: random() < 0.5 ? null : Math.floor(random() * 100),
      },
    ]),
  );
}

function treeOf(label: string, scans: Record<string, Said>): unknown {
  const sessions = [...new Set(Object.values(scans).map(({ session }) => session))].map((uid) => ({
    label: uid,
    studyInstanceUid: uid,
    scans: Object.entries(scans)
      .filter(([, { session }]) => session === uid)
      .map(([name, { bodyPart, byteSize }]) => ({
        label: name,
        seriesInstanceUid: uidOf(name),
        ...(bodyPart !== null && { bodyPart }),
        ...(byteSize !== null && { byteSize }),
        derived: false,
        resources: [],
      })),
    resources: [],
    assessors: [],
  }));
  return { label, sessions, resources: [] };
}

const uidOf = (name: string): string => `9.${name.slice(1).replace('-', '.')}`;

/** The scans there must be: XNAT's word, IDC's where XNAT is silent. */
function expected(words: Words): readonly unknown[] {
  const names = new Set(sources.flatMap(({ source }) => Object.values(words[source]).flatMap(Object.keys)));
  return [...names].sort().map((name) => {
    const label = name.slice(0, 2);
    const [xnat, idc] = [words.xnat[label]?.[name], words.idc[label]?.[name]];
    return {
      label: name,
      session: xnat?.session ?? idc?.session,
      source: xnat === undefined ? 'idc' : 'xnat',
      bodyPart: xnat?.bodyPart ?? idc?.bodyPart ?? null,
      byteSize: xnat?.byteSize ?? idc?.byteSize ?? null,
    };
  });
}

/** The live scans of live sessions of live subjects. */
async function stored(): Promise<readonly unknown[]> {
  return await catalog.app.db.query(
    `SELECT c.label, e.label AS session, s.name AS source, c.body_part AS "bodyPart", c.byte_size AS "byteSize"
     FROM scan c JOIN imaging_session e ON e.id = c.session_id JOIN subject t ON t.id = e.subject_id JOIN source s ON s.id = c.source_id
     WHERE c.retired_at IS NULL AND e.retired_at IS NULL AND t.retired_at IS NULL ORDER BY c.label`,
  );
}

async function checkHeld(): Promise<void> {
  const [counted] = await catalog.app.db.query<object[]>(
    `SELECT (SELECT count(*) FROM subject WHERE retired_at IS NULL) AS subjects,
       (SELECT count(*) FROM imaging_session WHERE retired_at IS NULL) AS sessions, count(*) AS scans,
       coalesce(sum(byte_size), 0)::bigint AS bytes FROM scan WHERE retired_at IS NULL`,
  );
  expect((await catalog.app.reader.datasetsByIds([datasetIdOf('d')], everything))[0]?.held).toEqual(counted);
}

describe('two sources that change their minds at random', () => {
  const seed = Number(process.env['MIA_TEST_SEED'] ?? 20_261_124);
  it(`leave what both say, in whatever order they said it (MIA_TEST_SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const words: Words = { xnat: {}, idc: {} };
    await takeRecords(catalog, [record('d', { slug: 'd' })]);
    for (let step = 0; step < steps; step += 1) {
      const teller = sources[random() < 0.5 ? 0 : 1];
      const label = labels[random() < 0.5 ? 0 : 1] ?? '';
      if (random() < 0.15) {
        const source = { name: teller.source, kind: teller.kind };
        await retireSubjects({ datasetId: datasetIdOf('d'), source, labels: [label] }, catalog.app.rows);
        words[teller.source][label] = {};
      } else {
        const scans = draw(random, label);
        const report = await takeRows(catalog, 'd', [treeOf(label, scans)], teller);
        expect(report.rejected).toEqual([]);
        words[teller.source][label] = scans;
      }
      expect(await stored(), `step ${step}: ${teller.source} of ${label}`).toEqual(expected(words));
      await checkHeld();
    }
  });
});
