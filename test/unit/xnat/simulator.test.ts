import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseQuery, SimError } from '../../../src/xnat/simulator/exchange.ts';
import { parseXml } from '../../../src/xnat/simulator/parse-xml.ts';
import { readArchive, writeZip } from '../../../src/xnat/simulator/read-archive.ts';
import { filesOf, readFileBytes, removeFile, statisticsOf, storeFile } from '../../../src/xnat/simulator/resources.ts';
import { normalisePath } from '../../../src/xnat/simulator/router.ts';
import { ageYears, sessionType } from '../../../src/xnat/simulator/series.ts';
import { SimClock } from '../../../src/xnat/simulator/sim-clock.ts';
import { wildcardTest } from '../../../src/xnat/simulator/wildcard.ts';
import { isA } from '../../../src/xnat/simulator/xsi-types.ts';

describe('the simulator’s parts', () => {
  it('knows which types are which, unknown ones being sessions', () => {
    expect(isA('xnat:mrSessionData', 'xnat:subjectAssessorData')).toBe(true);
    expect(isA('xnat:qcManualAssessorData', 'xnat:subjectAssessorData')).toBe(false);
    expect(isA('xnat:qcManualAssessorData', 'xnat:experimentData')).toBe(true);
    expect(isA('ext:alienSessionData', 'xnat:imageSessionData')).toBe(true);
  });

  it('picks a session type by what is in it', () => {
    expect(sessionType(new Set(['PT', 'MR'])).xsiType).toBe('xnat:petmrSessionData');
    expect(sessionType(new Set(['CT', 'PT', 'SEG'])).xsiType).toBe('xnat:petSessionData');
    expect(sessionType(new Set(['SEG', 'SR'])).xsiType).toBe('xnat:otherDicomSessionData');
  });

  it('reads DICOM ages', () => {
    expect(['052Y', '006M', '', '12'].map(ageYears)).toEqual(['52', '0.5', '', '']);
  });

  it('writes stamps in its own zone', () => {
    const clock = new SimClock(() => Date.parse('2024-01-01T00:30:00.250Z'));
    clock.offsetMinutes = -60;
    expect(clock.stamp(clock.now())).toBe('2023-12-31 23:30:00.25');
    clock.set(0);
    clock.advance(1000);
    expect(clock.stamp(clock.now())).toBe('1969-12-31 23:00:01.0');
  });

  it('cuts XPath parameters after their brackets', () => {
    expect(parseQuery('a=1&xnat:subjectData/fields/field[name=X]/field=V%20W')).toEqual(
      new Map([
        ['a', '1'],
        ['xnat:subjectData/fields/field[name=X]/field', 'V W'],
      ]),
    );
  });

  it('takes every spelling of the archive', () => {
    expect(
      ['/data/archive/projects', '/REST/projects', '/archive/projects', '/data//projects'].map(normalisePath),
    ).toEqual(Array(4).fill('/data/projects'));
  });

  it('reads the zips it writes, and refuses paths that climb out', () => {
    const zip = writeZip([{ path: 'a/b.txt', bytes: Buffer.from('hello') }]);
    expect(readArchive(zip)).toEqual([{ path: 'a/b.txt', bytes: Buffer.from('hello') }]);
    expect(() => readArchive(writeZip([{ path: '../b', bytes: Buffer.from('x') }]))).toThrow(SimError);
    expect(readArchive(Buffer.from('plain'))).toBeUndefined();
    expect(readArchive(gzipSync(Buffer.alloc(1024)))).toEqual([]);
  });

  it('calls damaged archives damaged, and ends on a tar file of negative size', () => {
    expect(() => readArchive(Buffer.from('PK\u0003\u0004 and no more'))).toThrow(SimError);
    expect(() => readArchive(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]))).toThrow(SimError);
    const tar = Buffer.alloc(1024);
    tar.write('a.txt', 0);
    tar.write('-0001000', 124);
    tar.write('0', 156);
    tar.write('ustar', 257);
    expect(readArchive(tar)).toEqual([{ path: 'a.txt', bytes: Buffer.alloc(0) }]);
  });

  it.each([
    ['abc', 'ABC', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-c-b', false],
    ['%b%', 'abc', true],
    ['', 'a', false],
    [`${'*a'.repeat(40)}x`, 'a'.repeat(60), false],
  ])('matches %s with %s: %s', (pattern, text, matches) => {
    expect(wildcardTest(pattern, '*%')(text)).toBe(matches);
  });

  it('reads small XML and refuses entity tricks', () => {
    const root = parseXml('<x:a xmlns:x="u" k="1 &lt; 2"><!-- c --><x:b>t&amp;u</x:b><x:c/></x:a>');
    expect(root).toMatchObject({
      name: 'a',
      attributes: { k: '1 < 2' },
      children: [{ name: 'b', text: 't&u' }, { name: 'c' }],
    });
    expect(() => parseXml('<!DOCTYPE a [<!ENTITY b "c">]><a/>')).toThrow(SimError);
    expect(() => parseXml('<a><b></a>')).toThrow(SimError);
  });

  it('makes the same small files every time and counts what it is told', () => {
    const described = { count: 3, bytes: 3000, seed: 's', extension: 'dcm' };
    const resource = { id: 1, label: 'DICOM', format: 'DICOM', content: 'RAW', tags: '', described };
    expect(filesOf(resource).map((file) => file.md5())).toEqual(filesOf({ ...resource }).map((file) => file.md5()));
    expect(statisticsOf(resource)).toEqual({ count: 3, bytes: 3000 });
    expect(removeFile(resource, '1-0002.dcm')).toBe(true);
    expect(readFileBytes(resource, '1-0002.dcm')).toBeUndefined();
    const file = { path: '1-0001.dcm', bytes: Buffer.from('new'), format: '', content: '', tags: '' };
    expect([storeFile(resource, file, false), storeFile(resource, file, true)]).toEqual([false, true]);
    expect(statisticsOf(resource)).toEqual({ count: 2, bytes: 1003 });
    expect(filesOf(resource).map((one) => one.path)).toEqual(['1-0003.dcm', '1-0001.dcm']);
  });
});
