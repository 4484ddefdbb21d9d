import type { RateConfig } from '../../config.ts';

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/**
 * Token buckets by key, for this process. The least recently used key is forgotten beyond `maxKeys`; a forgotten key starts full,
 * which is why there are many.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #maxKeys: number;

  constructor(maxKeys = 20_000) {
    this.#maxKeys = maxKeys;
  }

  /**
   * Takes an amount, all or nothing; more than the bucket holds is taken from a full one.
   * @returns milliseconds until the amount will be there; 0 when it was taken
   */
  take(key: string, amount: number, rate: RateConfig, nowMs: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: rate.burst, atMs: nowMs };
    const flown = (Math.max(0, nowMs - bucket.atMs) / 1_000) * rate.perSecond;
    const tokens = Math.min(rate.burst, bucket.tokens + flown);
    const wanted = Math.min(amount, rate.burst);
    const taken = tokens >= wanted;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: taken ? tokens - wanted : tokens, atMs: nowMs });
    this.#forgetOldest();
    return taken ? 0 : Math.ceil(((wanted - tokens) / rate.perSecond) * 1_000);
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= this.#maxKeys) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

/** The part of an address that one party is taken to hold: an IPv4 address, or the /64 network of an IPv6 one. */
export function networkOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address;
  const [head = '', tail = ''] = address.split('::');
  const before = head.split(':').filter((part) => part !== '');
  const after = tail.split(':').filter((part) => part !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
