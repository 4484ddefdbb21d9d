import { type PushReport, type PushRequest, pushDataset } from '../../../ingest/xnat-push/push-dataset.ts';
import { cliPrincipal } from '../../../src/access/index.ts';
import { intakeVariables } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import type { XnatServer } from '../../../src/xnat/index.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import type { TestCatalog } from '../../kit/test-catalog.ts';
import { never, type SmallXnat } from './small-xnat.ts';

const source = { name: 'tables', kind: 'HARVEST' } as const;

/** A dataset with what matters to a push: fractional ages, values, series of one number, a derived series, odd labels. */
export async function takeHeads(catalog: TestCatalog): Promise<void> {
  await takeRecords(
    catalog,
    [record('heads', { slug: 'heads', title: 'Heads', license: 'CC-BY-4.0', keywords: ['head'] })],
    {
      publish: true,
    },
  );
  const variables = [
    { name: 'IQ (full)', type: 'INTEGER' },
    { name: 'comment', type: 'TEXT' },
  ];
  await intakeVariables({ datasetId: datasetIdOf('heads'), source, variables }, catalog.app.rows);
  const mr = {
    modality: 'FMRI',
    seriesDescription: 'rest',
    instanceCount: 7,
    date: '2020-01-02',
    manufacturer: 'Maker',
    manufacturerModelName: 'M1',
  };
  await takeRows(
    catalog,
    'heads',
    [
      subject(
        'H 1',
        [
          {
            ...session('1.1', [
              scan('1.1.1', { label: '4', ...mr, license: 'CC BY 3.0' }),
              scan('1.1.2', { label: '4', modality: 'SEG', derived: true }),
            ]),
            date: '2020-01-02',
          },
          session('1.2', [
            scan('1.2.1', { label: '1', modality: 'PT' }),
            scan('1.2.2', { label: '2', modality: 'MR' }),
          ]),
        ],
        {
          sex: 'F',
          ageYears: 52.5,
          group: 'cases',
          diagnosis: 'glioma',
          site: 'Here & there',
          values: [
            { variable: 'IQ (full)', text: '101', number: 101 },
            { variable: 'comment', text: 'a = b, [c]/d' },
          ],
        },
      ),
      subject('H2', [session('2.1', [scan('2.1.1', { label: '1', modality: 'CT' })])], { sex: 'M', ageYears: 40 }),
      subject('H3', []),
    ],
    { source: source.name, kind: source.kind },
  );
}

/** What {@link takeHeads} must be in XNAT. */
export const headsInXnat = {
  H_1: {
    values: {
      group: 'cases',
      'demographics/gender': 'female',
      'demographics/age': '52',
      mia_age_years: '52.5',
      mia_label: 'H 1',
      mia_diagnosis: 'glioma',
      mia_site: 'Here & there',
      iq__full_: '101',
      comment: 'a = b, [c]/d',
    },
    sessions: {
      H_1_1_1: {
        xsiType: 'xnat:mrSessionData',
        values: { UID: '1.1', date: '2020-01-02', modality: 'MR', acquisition_site: 'Here & there' },
        scans: {
          '4': {
            xsiType: 'xnat:mrScanData',
            values: {
              type: 'rest',
              UID: '1.1.1',
              series_description: 'rest',
              modality: 'MR',
              frames: '7',
              note: 'CC-BY-3.0',
              start_date: '2020-01-02',
              'scanner/manufacturer': 'Maker',
              'scanner/model': 'M1',
            },
          },
          '4-SEG1': { xsiType: 'xnat:segScanData', values: { type: 'SEG', UID: '1.1.2', modality: 'SEG' } },
        },
      },
      H_1_1_2: {
        xsiType: 'xnat:petmrSessionData',
        values: { UID: '1.2', modality: 'PT/MR', acquisition_site: 'Here & there' },
        scans: {
          '1': { xsiType: 'xnat:petScanData', values: { type: 'PT', UID: '1.2.1', modality: 'PT' } },
          '2': { xsiType: 'xnat:mrScanData', values: { type: 'MR', UID: '1.2.2', modality: 'MR' } },
        },
      },
    },
  },
  H2: {
    values: { 'demographics/gender': 'male', 'demographics/age': '40' },
    sessions: {
      H2_2_1: {
        xsiType: 'xnat:ctSessionData',
        values: { UID: '2.1', modality: 'CT' },
        scans: { '1': { xsiType: 'xnat:ctScanData', values: { type: 'CT', UID: '2.1.1', modality: 'CT' } } },
      },
    },
  },
  H3: { values: {}, sessions: {} },
};

interface Node {
  readonly meta: { readonly 'xsi:type': string };
  readonly data_fields: Readonly<Record<string, string | number>>;
  readonly children: readonly { readonly field: string; readonly items: readonly Node[] }[];
}

/** What XNAT makes up itself. */
const own = new Set(['ID', 'label', 'project', 'subject_ID', 'image_session_ID', 'xnat_imagescandata_id']);

/** A project's subjects as the simulator holds them, in the form of {@link headsInXnat}. */
export async function stateOf(xnat: Pick<SmallXnat, 'get'>, project: string): Promise<Record<string, unknown>> {
  const reply = await xnat.get(`/_sim/state?project=${project}`);
  const { subjects } = (await reply.json()) as { readonly subjects: readonly Node[] };
  const entries = subjects.map((node) => {
    const sessions = childrenOf(node, 'experiments/experiment').map((one) => [
      one.data_fields['label'],
      sessionState(one),
    ]);
    return [node.data_fields['label'], { values: valuesOf(node), sessions: Object.fromEntries(sessions) }] as const;
  });
  return Object.fromEntries(entries);
}

function sessionState(node: Node) {
  const scans = childrenOf(node, 'scans/scan').map((scan) => [
    scan.data_fields['ID'],
    { xsiType: scan.meta['xsi:type'], values: valuesOf(scan) },
  ]);
  return { xsiType: node.meta['xsi:type'], values: valuesOf(node), scans: Object.fromEntries(scans) };
}

const childrenOf = (node: Node, field: string): readonly Node[] =>
  node.children.filter((child) => child.field === field).flatMap((child) => child.items);

function valuesOf(node: Node): Record<string, string> {
  const plain = Object.entries(node.data_fields).filter(([name]) => !own.has(name));
  const demographics = childrenOf(node, 'demographics').flatMap((one) =>
    Object.entries(one.data_fields).map(([name, value]) => [`demographics/${name}`, value] as const),
  );
  const variables = childrenOf(node, 'fields/field').map(
    (one) => [String(one.data_fields['name']), one.data_fields['field']] as const,
  );
  return Object.fromEntries([...plain, ...demographics, ...variables].map(([name, value]) => [name, String(value)]));
}

let runs = 0;

/** Pushes the dataset of {@link takeHeads}, or another. */
export async function pushWith(
  catalog: TestCatalog,
  server: XnatServer,
  more: Partial<PushRequest> = {},
): Promise<PushReport> {
  runs += 1;
  const request: PushRequest = {
    dataset: 'heads',
    dryRun: false,
    overwrite: false,
    mayRedistribute: false,
    writer: `run ${runs}`,
    now: () => new Date(),
    ...more,
  };
  return await pushDataset(request, { ...catalog.app, server }, cliPrincipal, never);
}
