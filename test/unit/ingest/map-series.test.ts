import { describe, expect, it } from 'vitest';
import { mapPatient, type SeriesRow, seriesColumns } from '../../../ingest/idc/map-series.ts';

type Columns = Partial<Record<(typeof seriesColumns)[number], string>>;

/** A series of the index with the columns a test is about. */
function series(columns: Columns = {}): SeriesRow {
  const given: Columns = {
    collection_id: 'a_collection',
    PatientID: 'P1',
    StudyInstanceUID: '1.2',
    SeriesInstanceUID: '1.2.3',
    ...columns,
  };
  return seriesColumns.map((name) => given[name] ?? '');
}

const patient = (...rows: readonly Columns[]) => mapPatient(rows.map(series), '0'.repeat(32));
const scanOf = (columns: Columns) => patient(columns).sessions[0]?.scans[0];

describe('the age of a patient', () => {
  it.each([
    ['072Y', 72],
    ['72Y', 72],
    ['006M', 0.5],
    ['003W', 0.057],
    ['010D', 0.027],
    ['072y', 72],
    ['000Y', 0],
  ])('%s is %d years', (text, years) => {
    expect(patient({ PatientAge: text }).ageYears).toBe(years);
  });

  it.each(['', '72', 'Y', '0072Y', '999Y', '-01Y', '1.5Y'])('%j is none', (text) => {
    expect(patient({ PatientAge: text })).not.toHaveProperty('ageYears');
  });

  it('is that at the first session', () => {
    expect(patient({ PatientAge: '061Y' }, { PatientAge: '060Y' }, { PatientAge: '' }).ageYears).toBe(60);
  });
});

describe('the sex of a patient', () => {
  it.each([
    ['M', 'M'],
    ['f', 'F'],
    ['O', 'O'],
  ])('%s is %s', (text, sex) => {
    expect(patient({ PatientSex: text }).sex).toBe(sex);
  });

  it('is left out where it is none of DICOM', () => {
    expect(patient({ PatientSex: 'UNKNOWN' })).not.toHaveProperty('sex');
  });
});

describe('a date', () => {
  it.each([
    ['2020-02-29', '2020-02-29'],
    ['20200229', '2020-02-29'],
    ['2020-02-29 00:00:00', '2020-02-29'],
  ])('%s is %s', (text, day) => {
    expect(scanOf({ SeriesDate: text })?.date).toBe(day);
  });

  it.each(['', '2021-02-29', '20210230', '2020-13-01', '0000-00-00', '0000-01-01', '20/02/2020'])(
    '%j is none',
    (text) => {
      expect(scanOf({ SeriesDate: text })).not.toHaveProperty('date');
    },
  );

  it('of a session is the earliest of its series', () => {
    const { sessions } = patient({ StudyDate: '2020-02-02' }, { StudyDate: '2020-02-01', SeriesInstanceUID: '1.2.4' });
    expect(sessions[0]?.date).toBe('2020-02-01');
  });
});

describe('a size', () => {
  it('in megabytes of the index is whole bytes', () => {
    expect(scanOf({ series_size_MB: '1.2345678' })?.byteSize).toBe(1_234_568);
  });

  it.each(['', '-1', 'abc', 'Infinity'])('of %j is none', (text) => {
    expect(scanOf({ series_size_MB: text })).not.toHaveProperty('byteSize');
  });

  it('is also that of the DICOM files of the scan', () => {
    expect(scanOf({ series_size_MB: '2', instanceCount: '3' })?.resources).toEqual([
      { label: 'DICOM', format: 'DICOM', fileCount: 3, byteSize: 2_000_000 },
    ]);
  });
});

describe('a series', () => {
  it.each(['MR', 'CT', 'PT', 'SM', ''])('of modality %j is acquired', (modality) => {
    expect(scanOf({ Modality: modality })?.derived).toBe(false);
  });

  it.each(['SEG', 'RTSTRUCT', 'SR', 'REG', 'ANN'])('of modality %s is derived', (modality) => {
    expect(scanOf({ Modality: modality })?.derived).toBe(true);
  });

  it('of an analysis is derived, whatever its modality, and says by which', () => {
    expect(scanOf({ Modality: 'MR', analysis_result_id: 'BAMF' })).toMatchObject({ derived: true, derivedBy: 'BAMF' });
  });

  it('without a number is labelled by its UID', () => {
    expect(scanOf({})?.label).toBe('1.2.3');
  });

  it('loses U+0000, which no database stores', () => {
    expect(scanOf({ SeriesDescription: 'T1\0\0' })?.seriesDescription).toBe('T1');
  });

  it('has its own licence and DOI', () => {
    expect(scanOf({ license_short_name: 'CC BY 4.0', source_DOI: '10.1/x' })).toMatchObject({
      license: 'CC BY 4.0',
      sourceDoi: '10.1/x',
    });
  });
});

describe('a patient', () => {
  it('has one session per study, in which the series of that study lie', () => {
    const { sessions } = patient(
      { SeriesInstanceUID: '1' },
      { SeriesInstanceUID: '2' },
      { StudyInstanceUID: '9', SeriesInstanceUID: '3' },
    );
    expect(sessions.map((session) => [session.label, session.scans.length])).toEqual([
      ['1.2', 2],
      ['9', 1],
    ]);
  });
});

describe('a study that another patient has, too', () => {
  it('is a session of its own without the UID, so that it names one session in whatever order they come', () => {
    const rows = [series({ StudyInstanceUID: '1.2' }), series({ StudyInstanceUID: '1.3', SeriesInstanceUID: '1.3.1' })];
    const { sessions } = mapPatient(rows, '0'.repeat(32), new Set(['1.3']));
    expect(sessions).toMatchObject([{ label: '1.2', studyInstanceUid: '1.2' }, { label: '1.3' }]);
    expect(sessions[1]).not.toHaveProperty('studyInstanceUid');
  });
});
