import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BlobStore, readBytes } from '../../../src/files/index.ts';

/** What a test of a store works with. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Changes stored bytes behind the store's back. */
  readonly corrupt: (sha256: string, bytes: Uint8Array) => Promise<void>;
  /** Whether nothing half-written is left. */
  readonly isTidy: () => Promise<boolean>;
  readonly remove: () => Promise<void>;
}

/** What every store of bytes does. */
export function blobStoreContract(name: string, make: () => Promise<BlobStoreUnderTest>): void {
  const within = async (work: (under: BlobStoreUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await work(under);
    } finally {
      await under.remove();
    }
  };

  describe(`${name} keeps bytes by their SHA-256`, () => {
    it.each([0, 1, 65_536, 300_001])('gives back %i bytes', async (length) => {
      await within(async ({ store }) => {
        const bytes = randomBytes(length);
        const blob = await store.put(pieces(bytes));
        expect(blob).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex'), byteSize: length });
        expect(Buffer.from(await readBytes(store.read(blob.sha256), length)).equals(bytes)).toBe(true);
        expect(await store.find(blob.sha256)).toEqual(blob);
      });
    });

    it('takes the same bytes from many at once, and again', async () => {
      await within(async ({ store }) => {
        const bytes = randomBytes(100_000);
        const blobs = await Promise.all(Array.from({ length: 8 }, async () => await store.put(pieces(bytes))));
        expect(new Set(blobs.map(({ sha256 }) => sha256)).size).toBe(1);
        expect(await readBytes(store.read((await store.put([bytes])).sha256), 100_000)).toEqual(bytes);
      });
    });

    it('leaves nothing of what broke off, was too long or was stopped', async () => {
      await within(async ({ store, isTidy }) => {
        await expect(store.put(breakingOff())).rejects.toThrow('the source broke off');
        await expect(store.put([Buffer.alloc(11)], { maxBytes: 10 })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
        await expect(store.put([Buffer.alloc(1)], { signal: AbortSignal.abort() })).rejects.toThrow();
        expect(await isTidy()).toBe(true);
        expect(await store.find(createHash('sha256').update('begun').digest('hex'))).toBeUndefined();
      });
    });

    it('never gives changed bytes out whole, and mends them when they are put again', async () => {
      await within(async ({ store, corrupt }) => {
        const bytes = randomBytes(200_000);
        const { sha256 } = await store.put([bytes]);
        const changed = Buffer.from(bytes);
        changed[0] = (changed[0] ?? 0) ^ 1;
        await corrupt(sha256, changed);
        await expect(readBytes(store.read(sha256), 200_000)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' });
        await store.put([bytes]);
        expect(await readBytes(store.read(sha256), 200_000)).toEqual(bytes);
      });
    });

    it('says what is not there, and takes no other name than a digest', async () => {
      await within(async ({ store }) => {
        await expect(readBytes(store.read('0'.repeat(64)), 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        for (const name of ['../../etc/passwd', 'A'.repeat(64), '', '0'.repeat(63)])
          await expect(store.find(name)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      });
    });
  });
}

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 10_007) yield bytes.subarray(start, start + 10_007);
}

async function* breakingOff(): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from('begun'));
  throw new Error('the source broke off');
}
