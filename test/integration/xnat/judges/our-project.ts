import { putItem, putProject, putResource, uploadFile, type XnatServer } from '../../../../src/xnat/index.ts';

const signal = AbortSignal.timeout(60_000);
const project = 'written_by_us';

/** Writes a project with one session and files through our own client, for the judges to read. */
export async function writeOurProject(server: XnatServer): Promise<void> {
  await putProject(server, { id: project, fields: { 'xnat:projectData/name': 'Written by us' } }, signal);
  const subject = { project, subject: 'w1' };
  const gender = { 'xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/gender': 'female' };
  await putItem(server, { address: subject, xsiType: 'xnat:subjectData', fields: gender }, signal);
  const session = { ...subject, experiment: 'w1_ct' };
  const date = { 'xnat:ctSessionData/date': '2023-05-06' };
  await putItem(server, { address: session, xsiType: 'xnat:ctSessionData', fields: date }, signal);
  const scan = { ...session, scan: '2' };
  const type = { 'xnat:ctScanData/type': 'thin' };
  await putItem(server, { address: scan, xsiType: 'xnat:ctScanData', fields: type }, signal);
  await putResource(server, { ...scan, resource: 'NIFTI', format: 'NIFTI' }, signal);
  for (const path of ['plain.nii.gz', 'deep er/ümlaut & more.txt']) {
    const file = { ...scan, resource: 'NIFTI', path, overwrite: false, open: () => bytesOf(path) };
    await uploadFile(server, file, signal);
  }
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(`the bytes of ${text}`));
}
