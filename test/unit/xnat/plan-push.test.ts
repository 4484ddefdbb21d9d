import { describe, expect, it } from 'vitest';
import { letsPassOn } from '../../../ingest/xnat-push/may-copy.ts';
import { freeScanId, sessionLabel, toVariableName } from '../../../ingest/xnat-push/xnat-names.ts';
import { dicomModalities, scanType, sessionType } from '../../../ingest/xnat-push/xsi-types.ts';
import { compareFields } from '../../../src/xnat/index.ts';

describe('what a push decides', () => {
  it('takes the session type that XNAT gives such scans', () => {
    const typeOf = (...modalities: readonly string[]) => sessionType(new Set(modalities)).xsiType;
    expect(typeOf('MR', 'SEG')).toBe('xnat:mrSessionData');
    expect(typeOf('CT', 'PT', 'RTSTRUCT')).toBe('xnat:petSessionData');
    expect(typeOf('MR', 'PT')).toBe('xnat:petmrSessionData');
    expect(typeOf('SEG', 'SR')).toBe('xnat:otherDicomSessionData');
    expect(typeOf()).toBe('xnat:otherDicomSessionData');
    expect(scanType('RTSTRUCT')).toBe('xnat:otherDicomScanData');
  });

  it('finds DICOM’s word for a finer modality, and leaves what has none', () => {
    const modality = (code: string, scheme: string, broader?: string) => ({
      code,
      label: code,
      scheme,
      synonyms: [],
      ...(broader !== undefined && { broader }),
    });
    const toDicom = dicomModalities([
      modality('MR', 'DICOM'),
      modality('FMRI', 'MIA', 'MR'),
      modality('RSFMRI', 'MIA', 'FMRI'),
      modality('GENOMICS', 'MIA'),
    ]);
    expect(['MR', 'RSFMRI', 'GENOMICS', 'NEW'].map(toDicom)).toEqual(['MR', 'MR', 'GENOMICS', 'NEW']);
  });

  it('gives labels XNAT takes, unique in the project', () => {
    expect(sessionLabel('S 1', '1.2.3')).toBe('S_1_1_2_3');
    expect(sessionLabel('sub-01', 'sub-01_ses-1')).toBe('sub-01_ses-1');
    expect(toVariableName(' IQ (full)/2 ')).toBe('iq__full__2');
    expect(freeScanId('4', 'SEG', new Set(['4', '4-SEG1']))).toBe('4-SEG2');
  });

  it('copies under public licences alone', () => {
    const license = (spdxId?: string) => ({
      id: 'x',
      label: 'x',
      aliases: [],
      ...(spdxId !== undefined && { spdxId }),
    });
    for (const id of ['CC0-1.0', 'CC-BY-4.0', 'CC-BY-NC-ND-4.0', 'CC-BY-SA-3.0', 'ODbL-1.0', 'MIT'])
      expect(letsPassOn(license(id)), id).toBe(true);
    for (const one of [undefined, license(), license('GPL-3.0-only'), license('XCC0-1.0'), license('CC-BY-4.0-beta')])
      expect(letsPassOn(one)).toBe(false);
  });

  it('tells a value that is written otherwise from another value', () => {
    const theirs: Record<string, string> = {
      age: '52.0',
      date: '2020-01-02 00:00:00.0',
      note: 'a',
      'fields/field[name=code]/field': '007',
      none: '',
    };
    const wanted = {
      age: '52',
      date: '2020-01-02',
      note: 'b',
      'fields/field[name=code]/field': '7',
      none: 'x',
      new: 'y',
    };
    expect(compareFields(wanted, (path) => theirs[path])).toEqual({
      absent: { none: 'x', new: 'y' },
      different: [
        { path: 'note', ours: 'b', theirs: 'a' },
        { path: 'fields/field[name=code]/field', ours: '7', theirs: '007' },
      ],
    });
  });
});
