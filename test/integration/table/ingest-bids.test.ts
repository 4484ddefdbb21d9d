import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingestBids } from '../../../ingest/bids/ingest-bids.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

const openNeuro = fileURLToPath(new URL('../../../../shared/data/openneuro', import.meta.url));

let catalog: TestCatalog;
let folder: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  folder = await mkdtemp(join(tmpdir(), 'mia-bids-'));
});
afterAll(async () => {
  await catalog.close();
  await rm(folder, { recursive: true });
});

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

const fields = `slug title status accessClass license { spdxId } keywords identifiers { scheme value } creators { name kind } publications { doi }
  modalities { code } sessionCount { ... on ExactCount { value } } scanCount { ... on ExactCount { value } } byteSize
  subjects { nodes { label sex ageYears values { name text number label } sessions { nodes { label scans { nodes { label modality { code } } } } } } }
  variables { nodes { name type } }`;

describe('a BIDS folder', () => {
  it('becomes a published record with subjects, sessions and scans; the same again changes nothing', async () => {
    await put(
      'made/dataset_description.json',
      JSON.stringify({
        Name: 'Two heads',
        BIDSVersion: '1.10.0',
        License: 'CC0',
        Authors: ['A. Author'],
        DatasetDOI: 'doi:10.5072/two.heads',
        ReferencesAndLinks: ['A paper. doi: 10.5072/paper.', 'https://example.org'],
      }),
    );
    await put('made/participants.tsv', 'participant_id\tage\tsex\nsub-01\t30\tF\nsub-02\tn/a\tM\n');
    await put('made/participants.json', '');
    await put('made/sub-01/anat/sub-01_T1w.nii.gz', '1234');
    await put('made/sub-02/ses-1/func/sub-02_ses-1_task-rest_bold.nii.gz', '12');
    const given = { folder: join(folder, 'made'), publish: true };
    expect(await ingestBids(given, catalog.app)).toMatchObject({
      accepted: 3,
      rejected: [],
      dataset: 'two-heads',
      subjects: 2,
      warnings: [],
    });
    const { data } = await catalog.ask(`{ dataset(slug: "two-heads") { ${fields} } }`);
    expect(data.dataset).toMatchObject({
      title: 'Two heads',
      status: 'PUBLISHED',
      accessClass: 'OPEN',
      license: { spdxId: 'CC0-1.0' },
      keywords: ['BIDS', 'BIDS 1.10.0'],
      identifiers: [{ scheme: 'DOI', value: '10.5072/two.heads' }],
      creators: [{ name: 'A. Author', kind: 'PERSON' }],
      publications: [{ doi: '10.5072/paper' }, { doi: null }],
      modalities: [{ code: 'FMRI' }, { code: 'SMRI' }],
      sessionCount: { value: 2 },
      scanCount: { value: 2 },
      byteSize: 6,
      variables: {
        nodes: [
          { name: 'age', type: 'INTEGER' },
          { name: 'sex', type: 'TEXT' },
        ],
      },
    });
    expect(data.dataset.subjects.nodes).toMatchObject([
      {
        label: 'sub-01',
        sex: 'F',
        ageYears: 30,
        sessions: { nodes: [{ label: 'sub-01', scans: { nodes: [{ label: 'T1w', modality: { code: 'SMRI' } }] } }] },
      },
      { label: 'sub-02', sex: 'M', ageYears: null, sessions: { nodes: [{ label: 'sub-02_ses-1' }] } },
    ]);
    expect(await ingestBids(given, catalog.app)).toMatchObject({ accepted: 0, unchanged: 3 });
    await rm(join(folder, 'made/sub-02'), { recursive: true });
    await put('made/participants.tsv', 'participant_id\tage\tsex\nsub-01\t30\tF\n');
    expect(await ingestBids(given, catalog.app)).toMatchObject({ subjects: 1, retiredSubjects: 1 });
  });

  it('is refused without a description', async () => {
    await put('none/participants.tsv', 'participant_id\n');
    await expect(ingestBids({ folder: join(folder, 'none'), publish: false }, catalog.app)).rejects.toThrow(
      /no BIDS folder/,
    );
    await expect(ingestBids({ folder: join(folder, 'absent'), publish: false }, catalog.app)).rejects.toThrow(
      /cannot be read/,
    );
  });

  it.skipIf(!existsSync(openNeuro))(
    'of OpenNeuro, ds000001, goes in (skipped where ../shared/data/openneuro is absent)',
    async () => {
      const target = join(folder, 'ds000001');
      await mkdir(target);
      for (const name of ['dataset_description.json', 'participants.json', 'participants.tsv'])
        cpSync(join(openNeuro, `ds000001_${name}`), join(target, name));
      const report = await ingestBids({ folder: target, dataset: 'ds000001', publish: true }, catalog.app);
      expect(report).toMatchObject({ accepted: 17, rejected: [], subjects: 16, variables: 2 });
      // The table has a stray comma behind the sex of the fifth participant.
      expect(report.warnings).toHaveLength(1);
      const { data } = await catalog.ask(`{ dataset(slug: "ds000001") { ${fields} } }`);
      expect(data.dataset).toMatchObject({
        title: 'Balloon Analog Risk-taking Task',
        identifiers: [{ value: '10.18112/openneuro.ds000001.v1.0.0' }],
        publications: [{ doi: '10.3389/fnins.2012.00080' }],
      });
      expect(data.dataset.subjects.nodes[4]).toMatchObject({ label: 'sub-05', sex: null, ageYears: 22 });
    },
  );
});
