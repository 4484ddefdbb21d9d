import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kernel/errors.ts';
import { checkBaseUrl, guardedLookup, isAllowedAddress } from '../../../src/xnat/adapters/host-rules.ts';

describe('host rules', () => {
  it.each(['10.1.2.3', '127.0.0.1', '172.31.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1'])(
    '%s only where private hosts are allowed',
    (address) => {
      expect(isAllowedAddress(address, false)).toBe(false);
      expect(isAllowedAddress(address, true)).toBe(true);
    },
  );
  it.each([
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    '::',
    '64:ff9b::a00:1',
    '::ffff:169.254.169.254',
    'nonsense',
  ])('%s never', (address) => {
    expect(isAllowedAddress(address, true)).toBe(false);
  });
  it.each(['93.184.216.34', '2606:2800:220:1::1'])('%s always', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
  });

  it.each([
    'ftp://x.org',
    'https://u:p@x.org',
    'https://x.org/?a=1',
    'https://x.org/#a',
    'https://169.254.169.254',
    'http://x.org',
    'https://[::1]',
    'x',
    'https://0x7f.1',
  ])('refuses %s', (url) => {
    expect(() => checkBaseUrl(url, false)).toThrow(InvalidInputError);
  });
  it('keeps the path of a server below one', () => {
    expect(checkBaseUrl('https://x.org/xnat/', false).href).toBe('https://x.org/xnat');
  });

  it('hands a socket no forbidden address', async () => {
    const answer = await new Promise<Error | null>((resolve) => {
      guardedLookup(false)('localhost', { all: true }, (error) => resolve(error));
    });
    expect(answer?.message).toMatch(/forbidden address/);
  });
});
