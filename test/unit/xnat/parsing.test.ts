import { describe, expect, it } from 'vitest';
import { InvalidInputError, UnauthenticatedError, UpstreamContractError } from '../../../src/kernel/errors.ts';
import { backoffMs, parseRetryAfter } from '../../../src/xnat/backoff.ts';
import { BrokenAnswerError } from '../../../src/xnat/broken-answer.ts';
import { duplicateKeys } from '../../../src/xnat/parse-json.ts';
import { countCell, missingColumns, parseResultSet } from '../../../src/xnat/parse-result-set.ts';
import { dataPath, encodeFilePath, encodeQuery, normaliseUri } from '../../../src/xnat/paths.ts';
import { buildSearchBundle } from '../../../src/xnat/search-snapshot.ts';
import { toServerText, toUtcInstant } from '../../../src/xnat/server-time.ts';

const reply = (text: string) => ({ status: 200, headers: {}, text });

describe('addresses', () => {
  it('encodes each segment, slashes in labels too', () => {
    expect(dataPath('projects', 'A B', 'subjects', 'x/y#1')).toBe('/data/projects/A%20B/subjects/x%2Fy%231');
    expect(encodeFilePath('/a b/c?.txt')).toBe('a%20b/c%3F.txt');
  });
  it('lets no label climb out', () => {
    expect(() => dataPath('projects', '..')).toThrow(InvalidInputError);
    expect(() => encodeFilePath('a/../b')).toThrow(InvalidInputError);
  });
  it('has one spelling for XNAT’s four', () => {
    for (const uri of [
      '/data/archive/experiments/E',
      '/REST/experiments/E',
      '/archive/experiments/E',
      'https://x.org/data/experiments/E',
    ]) {
      expect(normaliseUri(uri)).toBe('/data/experiments/E');
    }
  });
  it('escapes query names and values', () => {
    expect(encodeQuery({ 'xnat:a/b[name=X]': '1,2', gone: undefined })).toBe('?xnat%3Aa%2Fb%5Bname%3DX%5D=1%2C2');
  });
});

describe('result sets', () => {
  it('reads totals sent as text and nulls sent as null', () => {
    const table = parseResultSet(reply('{"ResultSet":{"Result":[{"ID":"1","n":null,"k":7}],"totalRecords":"1"}}'));
    expect(table).toEqual({ rows: [{ ID: '1', n: '', k: '7' }], totalRecords: 1 });
  });
  it('tells a login page, a cut answer and another shape apart', () => {
    const page = '<!DOCTYPE html><form action="/login" id="login_form">';
    expect(() => parseResultSet(reply(page))).toThrow(UnauthenticatedError);
    expect(() => parseResultSet(reply('<html><h3>Oops</h3></html>'))).toThrow(BrokenAnswerError);
    expect(() => parseResultSet(reply('{"ResultSet":{"Result":[{"ID"'))).toThrow(BrokenAnswerError);
    expect(() => parseResultSet(reply('{"ResultSet":{}}'))).toThrow(UpstreamContractError);
  });
  it('names missing columns, whatever their case', () => {
    expect(missingColumns([{ ID: '1', 'xnat:a/b': '' }], ['ID', 'xnat:A/b', 'age'])).toEqual(['age']);
    expect(missingColumns([], ['age'])).toEqual([]);
  });
  it('reads counts only where they are counts', () => {
    expect([
      countCell({ n: '12' }, 'n'),
      countCell({ n: '' }, 'n'),
      countCell({ n: '-1' }, 'n'),
      countCell({}, 'n'),
    ]).toEqual([12, undefined, undefined, undefined]);
  });
  it('finds keys sent twice in one object but not in two', () => {
    expect(duplicateKeys('{"f":{"a":1,"b":"x\\"a\\":","a":2},"g":[{"a":1},{"a":2}]}')).toEqual(['a']);
  });
});

describe('times', () => {
  it('reads server local time', () => {
    expect(toUtcInstant('2024-02-03 04:05:06.7', 60)).toBe('2024-02-03T03:05:06.700Z');
    expect(toUtcInstant('yesterday', 0)).toBeUndefined();
    expect(toServerText(new Date('2024-02-03T03:05:06.700Z'), 60)).toBe('2024-02-03 04:05:06.700');
  });
});

describe('patience', () => {
  const policy = { attempts: 4, baseDelayMs: 100, maxDelayMs: 1000 };
  it('grows, jitters and has a ceiling', () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(policy, attempt, 1))).toEqual([100, 200, 400, 1000]);
    expect(backoffMs(policy, 2, 0)).toBe(50);
    expect(backoffMs(policy, 1, 0, 60_000)).toBe(1000);
  });
  it('reads Retry-After in both forms', () => {
    expect(parseRetryAfter('2', 0)).toBe(2000);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:03 GMT', 1000)).toBe(2000);
    expect(parseRetryAfter('soon', 0)).toBeUndefined();
  });
});

describe('search bundles', () => {
  it('escape what callers give', () => {
    const bundle = buildSearchBundle({
      rootType: 'xnat:subjectData',
      fields: [{ type: 'xnat:subjectData', field: 'SUBJECT_ID' }],
      criteria: [{ schemaField: 'xnat:subjectData/LABEL', comparison: '=', value: '<&"' }],
    });
    expect(bundle).toContain('<xdat:value>&lt;&amp;&quot;</xdat:value>');
    expect(bundle).toContain('<xdat:root_element_name>xnat:subjectData</xdat:root_element_name>');
  });
});
