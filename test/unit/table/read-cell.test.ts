import { describe, expect, it } from 'vitest';
import { isMissing, readBoolean, readDay, readNumber } from '../../../ingest/kit/read-cell.ts';

describe('a number in a cell', () => {
  it.each([
    ['12.5', undefined, 12.5],
    ['12,5', undefined, 12.5],
    ['12,50', ',', 12.5],
    ['1.234,5', ',', 1234.5],
    ['1,234.5', undefined, 1234.5],
    ['1,234,567.5', '.', 1_234_567.5],
    ['1.234', ',', 1234],
    ['1 234,5', ',', 1234.5],
    ['+3', undefined, 3],
    ['\u22125', undefined, -5],
    ['5.44E-005', undefined, 0.0000544],
    ['.5', undefined, 0.5],
  ] as const)('%s with sign %s is %d', (text, decimal, value) => {
    expect(readNumber(text, decimal)).toEqual({ value });
  });

  it('is not guessed where a comma may split thousands', () => {
    expect(readNumber('1,234')).toHaveProperty('fault');
    expect(readNumber('1,234', '.')).toEqual({ value: 1234 });
    expect(readNumber('1,234', ',')).toEqual({ value: 1.234 });
  });

  it.each(['abc', '1.2.3', '12a', '', '--5', '0x10', 'Infinity', '1,2,3'])('is refused for %j', (text) => {
    expect(readNumber(text)).toHaveProperty('fault');
  });
});

describe('a day in a cell', () => {
  it.each([
    ['2021-04-03', '2021-04-03'],
    ['3.4.2021', '2021-04-03'],
    ['20210403', '2021-04-03'],
    ['25/12/2020', '2020-12-25'],
    ['12/25/2020', '2020-12-25'],
    ['05/05/2020', '2020-05-05'],
    ['3 Apr 2021', '2021-04-03'],
    ['April 3, 2021', '2021-04-03'],
    ['2021-04-03T10:15:00', '2021-04-03'],
  ])('%s is %s', (text, value) => {
    expect(readDay(text)).toEqual({ value });
  });

  it('is not guessed where day and month can change places', () => {
    expect(readDay('03/04/2021')).toHaveProperty('fault');
    expect(readDay('03/04/2021', 'MM/DD/YYYY')).toEqual({ value: '2021-03-04' });
  });

  it.each(['31.02.2021', '2021-13-01', 'yesterday'])('is refused for %s', (text) => {
    expect(readDay(text)).toHaveProperty('fault');
  });
});

describe('a code for a missing value', () => {
  it('is compared as a number where it is one, else whatever the case of its letters', () => {
    expect(isMissing('-9999.0', ['-9999'])).toBe(true);
    expect(isMissing('N/A', ['n/a'])).toBe(true);
    expect(isMissing('', [])).toBe(true);
    expect(isMissing('0', ['n/a'])).toBe(false);
  });
});

describe('yes and no', () => {
  it('are read in words and digits, and nothing else', () => {
    expect(['Yes', '0', 'T'].map((text) => readBoolean(text))).toEqual([
      { value: true },
      { value: false },
      { value: true },
    ]);
    expect(readBoolean('perhaps')).toHaveProperty('fault');
  });
});
