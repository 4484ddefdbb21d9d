import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kernel/errors.ts';
import { decodeCursor, encodeCursor, pageSize } from '../../../src/kernel/page.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('gives back the key it was made of', () => {
    const key = ['Zürich \u{1f9e0}', 'a-slug'];
    expect(decodeCursor('titles', ['text', 'text'], encodeCursor('titles', key))).toEqual(key);
  });

  it('keeps numbers numbers', () => {
    const key = [1_795_494_376_518_123, 'a-slug'];
    expect(decodeCursor('dates', ['number', 'text'], encodeCursor('dates', key))).toEqual(key);
  });

  it('can be part of a web address as it is', () => {
    expect(encodeCursor('titles', ['???>>>~~~', 'ÿÿÿ'])).toMatch(/^[\w-]+$/);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('[1,').toString('base64url')],
    ['another shape', encoded({ order: 'titles' })],
    ['another order', encodeCursor('dates', ['a', 'b'])],
    ['too few values', encodeCursor('titles', ['a'])],
    ['too many values', encodeCursor('titles', ['a', 'b', 'c'])],
    ['a nested value', encoded(['titles', ['a'], 'b'])],
    ['a null', encoded(['titles', null, 'b'])],
    ['a number where the order has a text', encodeCursor('titles', [1, 'b'])],
    ['U+0000', encodeCursor('titles', ['a\0', 'b'])],
    ['endless text', encodeCursor('titles', ['a'.repeat(10_000), 'b'])],
  ])('is refused when it holds %s', (_, cursor) => {
    expect(() => decodeCursor('titles', ['text', 'text'], cursor)).toThrow(InvalidInputError);
  });

  it.each([
    ['number', 'x'],
    ['integer', 1.5],
    ['integer', 1e300],
    ['uuid', 'x'],
  ] as const)('is refused when its %s is %j', (kind, value) => {
    expect(() => decodeCursor('order', [kind], encodeCursor('order', [value]))).toThrow(InvalidInputError);
  });
});

describe('the size of a page', () => {
  it.each([0, 1, 1_000])('may be %d', (first) => {
    expect(pageSize(first)).toBe(first);
  });

  it.each([-1, 1_001, 1.5, Number.NaN])('may not be %d', (first) => {
    expect(() => pageSize(first)).toThrow(/`first` must be a whole number from 0 to 1000/);
  });
});
