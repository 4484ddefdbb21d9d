import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BidsFolder, openFolder } from '../../../ingest/bids/list-files.ts';
import { mapSessions, modalitiesOf } from '../../../ingest/bids/map-subject.ts';
import { readParticipants } from '../../../ingest/bids/read-participants.ts';

let root: string;
let folder: BidsFolder;

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mia-bids-'));
  await put('sub-01/anat/sub-01_T1w.nii.gz', '1234567890');
  await put('sub-01/anat/sub-01_T1w.json', '{}');
  await put('sub-01/func/sub-01_task-rest_bold.nii.gz', '12345');
  await put('sub-01/func/sub-01_task-rest_events.tsv', 'onset\n');
  await put('sub-02/ses-a/dwi/sub-02_ses-a_dwi.nii.gz', '123');
  await put('sub-02/ses-a/dwi/sub-02_ses-a_dwi.bval', '0');
  await put('sub-02/ses-b/pet/sub-02_ses-b_pet.nii', '12');
  await put('sub-02/ses-b/meg/sub-02_ses-b_task-x_meg.ds/a.meg4', '1234');
  await put('sub-02/ses-b/meg/sub-02_ses-b_task-x_meg.ds/b.res4', '12');
  const anat = join(root, 'sub-02/ses-b/anat');
  await mkdir(anat, { recursive: true });
  await symlink(
    '../../../.git/annex/objects/x/y/MD5E-s4711--0123.nii.gz/MD5E-s4711--0123.nii.gz',
    join(anat, 'sub-02_ses-b_T2w.nii.gz'),
  );
  await symlink('/etc/hostname', join(anat, 'sub-02_ses-b_T1w.nii.gz'));
  await symlink('..', join(anat, 'sub-02_loop'));
  folder = await openFolder(root);
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

describe('the files of a BIDS subject', () => {
  it('are scans by entities and suffix, in one session where there are no session folders', async () => {
    const sessions = await mapSessions(folder, 'sub-01');
    expect(sessions).toMatchObject([
      {
        label: 'sub-01',
        scans: [
          { label: 'T1w', modality: 'SMRI', byteSize: 12, resources: [{ fileCount: 2, byteSize: 12 }] },
          { label: 'task-rest_bold', modality: 'FMRI', byteSize: 5, resources: [{ fileCount: 1 }] },
        ],
        resources: [{ label: 'BIDS', fileCount: 1, byteSize: 6 }],
      },
    ]);
  });

  it('lie in their session folders; a recording that is a folder is one scan', async () => {
    const sessions = await mapSessions(folder, 'sub-02');
    expect(sessions.map((session) => session.label)).toEqual(['sub-02_ses-a', 'sub-02_ses-b']);
    expect(sessions[0]?.scans).toMatchObject([{ label: 'dwi', modality: 'DWI', byteSize: 4 }]);
    expect(sessions[1]?.scans.find((scan) => scan.modality === 'MEG')).toMatchObject({
      byteSize: 6,
      resources: [{ fileCount: 2 }],
    });
    expect([...(await modalitiesOf(folder, 'sub-02'))].sort()).toEqual(['DWI', 'MEG', 'PT', 'SMRI']);
  });

  it('are told by annexed links, and never looked for outside of the folder', async () => {
    folder.passedOver.length = 0;
    const [, second] = await mapSessions(folder, 'sub-02');
    expect(second?.scans.filter((scan) => scan.modality === 'SMRI')).toMatchObject([{ label: 'T2w', byteSize: 4711 }]);
    expect(folder.passedOver).toEqual(['sub-02/ses-b/anat/sub-02_loop', 'sub-02/ses-b/anat/sub-02_ses-b_T1w.nii.gz']);
  });
});

describe('the participants of a BIDS folder', () => {
  it('take levels, units and descriptions from the sidecar', async () => {
    await put(
      'participants.tsv',
      'participant_id\tage\tsex\tgroup\tscore\nsub-01\t18\t1\tpat\t3.5\n02\tn/a\t2\tctl\t"4\n',
    );
    await put(
      'participants.json',
      JSON.stringify({
        age: { Description: 'Age at scan', Units: 'months' },
        sex: { Levels: { 1: 'male', 2: 'female' } },
        group: {
          Levels: { pat: { Description: 'Patients', TermURL: 'http://id.nlm.nih.gov/mesh/D010361' }, ctl: 'Controls' },
        },
      }),
    );
    const { byLabel, variables, warnings } = await readParticipants(root);
    expect(warnings).toEqual([]);
    expect(byLabel.get('sub-01')).toMatchObject({ ageYears: 1.5, sex: 'M', group: 'Patients' });
    expect(byLabel.get('sub-02')).toMatchObject({
      sex: 'F',
      values: [{ variable: 'age', text: 'n/a', missing: true }, {}, {}, { text: '"4' }],
    });
    expect(variables.map(({ name, type, unit }) => [name, type, unit])).toEqual([
      ['age', 'INTEGER', 'months'],
      ['sex', 'CATEGORICAL', undefined],
      ['group', 'CATEGORICAL', undefined],
      ['score', 'TEXT', undefined],
    ]);
  });

  it.each(['', '{', '[1]'])('are read with the sidecar %j, too', async (sidecar) => {
    await put('participants.tsv', 'participant_id\tsex\nsub-01\tM,\nsub-02\tF\n');
    await put('participants.json', sidecar);
    const { byLabel, warnings } = await readParticipants(root);
    expect(byLabel.get('sub-02')?.sex).toBe('F');
    expect(byLabel.get('sub-01')).toEqual({ values: [{ variable: 'sex', text: 'M,', missing: false }] });
    expect(warnings.at(-1)).toMatch(/line 2, column sex: "M,"/);
  });
});
