import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalSha256 } from '../../../src/kernel/canonical-json.ts';

describe('canonical JSON (RFC 8785)', () => {
  it('gives the bytes of the example of section 3.2.3', () => {
    const value = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ) as unknown;
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts keys by UTF-16 code units, as in the example of section 3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = Object.keys(
      JSON.parse(canonicalJson(Object.fromEntries(keys.map((key) => [`k${key}`, key])))) as object,
    );
    expect(sorted.map((key) => key.slice(1))).toEqual(['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']);
  });

  it('does not depend on the order in which members were written', () => {
    expect(canonicalSha256({ a: 1, b: { c: [1, 2], d: 'x' } })).toBe(
      canonicalSha256({ b: { d: 'x', c: [1, 2] }, a: 1 }),
    );
  });

  it('keeps the order of arrays', () => {
    expect(canonicalSha256([1, 2])).not.toBe(canonicalSha256([2, 1]));
  });

  it('leaves absent members out', () => {
    expect(canonicalJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it('writes minus zero as zero', () => {
    expect(canonicalJson([-0])).toBe('[0]');
  });

  it('is hashed as UTF-8 in lower-case hex', () => {
    // printf '{"a":"é"}' | sha256sum
    expect(canonicalSha256({ a: 'é' })).toBe('b3a092a6af48807fa9482b2ee140105575daa26d5b24b3c0e60a7e2dee6683b1');
  });
});
