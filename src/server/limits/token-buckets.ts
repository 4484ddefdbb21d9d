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
   * Takes an amount, all or nothing.
   * @returns milliseconds until the amount will be there; 0 when it was taken
   */
  take(key: string, amount: number, rate: RateConfig, nowMs: number): number {
    const tokens = this.#tokens(key, rate, nowMs);
    this.#set(key, tokens >= amount ? tokens - amount : tokens, nowMs);
    return tokens >= amount ? 0 : flowMs(amount - tokens, rate);
  }

  /** Milliseconds until a bucket that was emptied, or more than emptied, has something in it. */
  waitMs(key: string, rate: RateConfig, nowMs: number): number {
    const tokens = this.#tokens(key, rate, nowMs);
    return tokens > 0 ? 0 : flowMs(1 - tokens, rate);
  }

  /** Takes an amount even if that leaves a debt, of at most what a full bucket holds. */
  spend(key: string, amount: number, rate: RateConfig, nowMs: number): void {
    this.#set(key, Math.max(-rate.burst, this.#tokens(key, rate, nowMs) - amount), nowMs);
  }

  #tokens(key: string, rate: RateConfig, nowMs: number): number {
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: rate.burst, atMs: nowMs };
    return Math.min(rate.burst, tokens + (Math.max(0, nowMs - atMs) / 1_000) * rate.perSecond);
  }

  #set(key: string, tokens: number, atMs: number): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, atMs });
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= this.#maxKeys) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

function flowMs(amount: number, rate: RateConfig): number {
  return Math.ceil((amount / rate.perSecond) * 1_000);
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
