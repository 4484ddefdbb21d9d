import { describe, expect, it } from 'vitest';
import { withoutNulls } from '../../../src/kernel/without-nulls.ts';

describe('withoutNulls', () => {
  it('drops nulls at any depth', () => {
    expect(withoutNulls({ a: null, b: { c: null, d: [1, null, { e: null }] } })).toEqual({ b: { d: [1, {}] } });
  });

  it('refuses an input that is nested too deep, instead of ending the call stack', () => {
    let input: object = {};
    for (let depth = 0; depth < 3_000; depth += 1) input = { not: input };
    expect(() => withoutNulls(input)).toThrow('nested more than 200 deep');
  });
});
