import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { StartupError } from '../../../kernel/errors.ts';
import { addExperiment, addProject, addScan, addSubject, type Edit } from '../edit-world.ts';
import type { FieldDefinition, SimProject } from '../world.ts';

/** UUID of the custom form that carries ABIDE's image-quality columns. */
export const abideQualityForm = '7f3d6c1e-0a55-4a53-9d52-abde00000001';

const missing = new Set(['', '-9999', '-9999.0', 'NaN']);
const qualityColumn = /^(anat|func|qc)_/;
const idColumns = new Set([
  '',
  'Unnamed: 0',
  'X',
  'SUB_ID',
  'subject',
  'FILE_ID',
  'SITE_ID',
  'AGE_AT_SCAN',
  'SEX',
  'HANDEDNESS_CATEGORY',
]);

const record = z.record(z.string(), z.string());

/**
 * Loads the ABIDE I phenotypic table as one XNAT project: its columns as legacy custom variables of the subjects, its image
 * quality measures as a custom form of the sessions. Sessions and scans are made up (one T1 and one rest scan each): the
 * table holds none.
 * @throws StartupError when the table is not there; its terms forbid shipping it
 */
export function loadAbide(edit: Edit, path: string): SimProject {
  if (!existsSync(path)) {
    throw new StartupError(
      `the ABIDE table ${path} is missing; its terms forbid shipping it, so give your copy with --abide FILE`,
    );
  }
  const rows = z.array(record).parse(parse(readFileSync(path), { columns: true, skip_empty_lines: true }));
  const project = addProject(edit, {
    id: 'abide',
    accessibility: 'protected',
    values: {
      name: 'ABIDE',
      secondary_ID: 'abide',
      description: 'Autism Brain Imaging Data Exchange I: phenotypic table with made-up sessions',
      keywords: 'autism, resting state, structural',
      'PI/firstname': 'Adriana',
      'PI/lastname': 'Di Martino',
    },
  });
  project.publications.push({ title: 'The autism brain imaging data exchange', doi: '10.1038/mp.2013.78' });
  project.definitions.set('xnat:subjectData', definitionsOf(rows));
  edit.world.customForms.push({
    formUUID: abideQualityForm,
    title: 'Image quality',
    formIOJsonDefinition: { title: 'Image quality', components: [] },
    scope: 'Project',
    appliesToList: [{ entityId: 'abide' }],
  });
  for (const row of rows) addParticipant(edit, project, row);
  return project;
}

function definitionsOf(rows: readonly Record<string, string>[]): FieldDefinition[] {
  const names = Object.keys(rows[0] ?? {}).filter((name) => !idColumns.has(name) && !qualityColumn.test(name));
  return [...names, 'SITE_ID'].map((name) => {
    const values = rows.map((row) => row[name] ?? '').filter((value) => !missing.has(value));
    const datatype = values.every((value) => /^-?\d+$/.test(value))
      ? 'integer'
      : values.every((value) => /^-?\d*\.?\d+$/.test(value))
        ? 'float'
        : 'string';
    return { name, datatype };
  });
}

function addParticipant(edit: Edit, project: SimProject, row: Record<string, string>): void {
  const { world } = edit;
  const cell = (name: string): string => (missing.has(row[name] ?? '') ? '' : (row[name] ?? ''));
  const demographics: Record<string, string> = {
    'demographics/gender': { '1': 'M', '2': 'F' }[cell('SEX')] ?? '',
    'demographics/age': cell('AGE_AT_SCAN'),
    'demographics/handedness': { R: 'right', L: 'left', Ambi: 'ambidextrous' }[cell('HANDEDNESS_CATEGORY')] ?? '',
    group: { '1': 'ASD', '2': 'control' }[cell('DX_GROUP')] ?? '',
  };
  const values = Object.fromEntries(Object.entries(demographics).filter(([, value]) => value !== ''));
  const fields = new Map<string, string>();
  const quality: Record<string, unknown> = {};
  for (const name of Object.keys(row)) {
    const value = cell(name);
    if (value === '') continue;
    if (qualityColumn.test(name)) quality[name] = /^-?\d*\.?\d+$/.test(value) ? Number(value) : value;
    else if (!idColumns.has(name) || name === 'SITE_ID')
      fields.set(world.shared(name.toLowerCase()), world.shared(value));
  }
  const subject = addSubject(edit, project, { label: cell('SUB_ID'), values, fields });
  const scanned = { modality: 'MR', dcmPatientId: subject.label };
  const session = addExperiment(
    edit,
    { project, subject },
    {
      label: `${subject.label}_MR_1`,
      xsiType: 'xnat:mrSessionData',
      values: { ...scanned, acquisition_site: cell('SITE_ID') },
    },
  );
  if (Object.keys(quality).length > 0) session.forms = { [abideQualityForm]: quality };
  const scans = [
    { id: '1', type: 'T1w', file: 'mprage' },
    { id: '2', type: 'rest', file: 'rest' },
  ];
  for (const { id, type, file } of scans) {
    const scan = addScan(edit, session, {
      id,
      xsiType: 'xnat:mrScanData',
      values: { type, quality: 'usable', series_description: file, modality: 'MR' },
    });
    const described = {
      count: 1,
      bytes: id === '1' ? 8_000_000 : 40_000_000,
      seed: `${subject.label} ${file}`,
      extension: 'nii.gz',
    };
    scan.resources = [
      { id: world.serial('resource'), label: 'NIFTI', format: 'NIFTI', content: 'RAW', tags: '', described },
    ];
  }
}
