import { lookup as resolveHost } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ForbiddenError, InvalidInputError } from '../../kernel/errors.ts';

/**
 * Addresses no server of ours may be: "this network", link-local (cloud metadata lives there), multicast, reserved,
 * translation prefixes that could hide another address.
 */
const never = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  never.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
] as const)
  never.addSubnet(net, bits, 'ipv6');

/** Private ranges: allowed only where the administrator says that the XNAT lives inside. */
const inside = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
] as const)
  inside.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
] as const)
  inside.addSubnet(net, bits, 'ipv6');

/** Whether we may connect to an address. Mapped IPv4 (`::ffff:a.b.c.d`) is judged as IPv4 by BlockList itself. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  if (never.check(address, kind)) return false;
  return allowPrivate || !inside.check(address, kind);
}

/**
 * Checks a configured base address: http or https, no credentials, query or fragment, no forbidden literal address; plain
 * http only to private hosts, because the password would travel in the clear.
 * @returns the address without a trailing slash
 * @throws InvalidInputError
 */
export function checkBaseUrl(text: string, allowPrivate: boolean): URL {
  if (!URL.canParse(text)) throw new InvalidInputError(`"${text}" is not a URL`, { fields: ['url'] });
  const url = new URL(text);
  const refuse = (why: string): InvalidInputError =>
    new InvalidInputError(`the XNAT address ${why}`, { fields: ['url'] });
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('must start with https:// or http://');
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a user or password');
  if (url.search !== '' || url.hash !== '') throw refuse('must not hold a query or fragment');
  if (url.protocol === 'http:' && !allowPrivate) throw refuse('must be https unless private hosts are allowed');
  const host = literalHost(url);
  if (isIP(host) !== 0 && !isAllowedAddress(host, allowPrivate))
    throw refuse(`points at ${host}, which is not allowed`);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Host of a URL, without the brackets of an IPv6 literal. */
export function literalHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/**
 * A resolver for sockets that refuses forbidden answers. The socket connects to the very address that was checked, so a name
 * that changes between check and connect gains nothing. One forbidden answer refuses the name altogether.
 */
export function guardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const refused = addresses.find((one) => !isAllowedAddress(one.address, allowPrivate));
      const [first] = addresses;
      if (refused !== undefined || first === undefined) {
        const what = refused === undefined ? 'no address' : `the forbidden address ${refused.address}`;
        callback(new ForbiddenError(`${hostname} resolves to ${what}`, { hostname }), '', 0);
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
