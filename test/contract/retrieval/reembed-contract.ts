import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Embedder } from '../../../src/embedding/index.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { StartupError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import {
  encodersByGeneration,
  type GenerationEncoders,
  type IndexKeeper,
  isClean,
  keepIndex,
  type TextIndex,
  verifyIndex,
} from '../../../src/retrieval/index.ts';
import { hashEmbedder } from '../../kit/hash-embedder.ts';
import { sampleSchema, sampleSource } from '../../kit/index-documents.ts';
import { MemorySource } from '../../kit/memory-source.ts';

const all = { scope: { kind: 'all' }, where: { kind: 'all', of: [] }, selections: [] } as const;
// As many numbers each, in another order: vectors of the two could be compared, and the answer would be nonsense.
const former = hashEmbedder(256, 'former');
const plain = hashEmbedder(256, 'latter');
const latter: Embedder = {
  ...plain,
  embed: async (texts, role) => (await plain.embed(texts, role)).map((vector) => vector.toReversed()),
};

/** How an index is embedded anew with another model while it serves; run against each adapter. */
export function describeReembedding(name: string, open: () => Promise<TextIndex>): void {
  describe(`embedding anew on ${name}`, () => {
    const source = new MemorySource();
    const stops: (() => Promise<void>)[] = [];
    let index: TextIndex;

    const keep = (wanted: () => Promise<Embedder>): { encoders: GenerationEncoders; keeper: IndexKeeper } => {
      const openNamed = (profile: string): Promise<Embedder> =>
        profile === 'former'
          ? Promise.resolve(former)
          : Promise.reject(new StartupError(`${profile} is not installed`));
      const encoders = encodersByGeneration({ openWanted: wanted, openNamed, logger: silentLogger });
      const parts = { encoders, source, schema: sampleSchema, logger: silentLogger, clock: systemClock };
      return { encoders, keeper: keepIndex({ ...parts, index: () => Promise.resolve(index) }) };
    };
    const start = (keeper: IndexKeeper): (() => Promise<void>) => {
      const stop = new AbortController();
      const following = keeper.follow(stop.signal);
      const end = async (): Promise<void> => {
        stop.abort();
        await following;
      };
      stops.push(end);
      return end;
    };
    /** Asks as a search does: with the encoder of the generation that is active now. */
    const ask = async (
      { encoders, keeper }: ReturnType<typeof keep>,
      text: string,
    ): Promise<{ readonly encoder: string; readonly first: string | undefined }> => {
      const generation = await keeper.active();
      const embedder = await encoders.of(generation?.spec.encoder);
      const [vector = new Float32Array()] = (await embedder?.embed([text], 'query')) ?? [];
      const { hash = '', profile = 'none' } = (await embedder?.identity()) ?? {};
      const hits = await index.nearest({ ...all, vector, encoderHash: hash, depth: 3 });
      return { encoder: profile, first: hits[0]?.id };
    };

    beforeAll(async () => {
      index = await open();
      for (let number = 0; number < 250; number++)
        source.put(sampleSource({ id: `d${number}`, title: `Cohort number${number}`, body: 'scans' }));
      source.put(sampleSource({ id: 'quokka', title: 'Quokka wallaby register' }));
      const before = keep(() => Promise.resolve(former));
      const stop = start(before.keeper);
      await vi.waitFor(async () => expect((await before.keeper.active())?.spec.encoder?.profile).toBe('former'), {
        timeout: 60_000,
      });
      await stop();
    }, 120_000);
    afterAll(async () => {
      for (const stop of stops) await stop();
      await index.close();
    });

    it('goes on with its own encoder, follows changes, and gives way to the new one whole', async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      let asked = 0;
      const slow: Embedder = {
        ...latter,
        embed: async (texts, role) => {
          // Half of the index is encoded, then it takes its time.
          if (role === 'document' && ++asked > 1) await gate;
          return await latter.embed(texts, role);
        },
      };
      const running = keep(() => Promise.resolve(slow));
      start(running.keeper);
      await vi.waitFor(() => expect(asked).toBeGreaterThan(1), { timeout: 30_000 });

      expect(await ask(running, 'Quokka wallaby')).toEqual({ encoder: 'former', first: 'quokka' });
      source.put(sampleSource({ id: 'late', title: 'Okapi zebra giraffe' }));
      source.remove('d9', 2);
      await vi.waitFor(
        async () => expect(await ask(running, 'Okapi zebra giraffe')).toEqual({ encoder: 'former', first: 'late' }),
        { timeout: 30_000 },
      );

      release();
      await vi.waitFor(async () => expect((await running.keeper.active())?.spec.encoder?.profile).toBe('latter'), {
        timeout: 60_000,
      });
      await vi.waitFor(
        async () => expect(await ask(running, 'Okapi zebra giraffe')).toEqual({ encoder: 'latter', first: 'late' }),
        { timeout: 30_000 },
      );
      await vi.waitFor(async () => expect(await index.generations()).toHaveLength(1), { timeout: 30_000 });
      const generation = (await running.keeper.active())?.id ?? '';
      expect(isClean(await verifyIndex(index, source, generation))).toBe(true);
      expect(await running.keeper.reembed()).toBeUndefined();
    }, 180_000);

    it('stays as it is, and goes on being followed, while the configured encoder cannot be had', async () => {
      for (const stop of stops.splice(0)) await stop();
      // Back to the one that can be opened by its name.
      expect(await keep(() => Promise.resolve(former)).keeper.reembed()).toMatchObject({ rejected: 0 });
      const running = keep(() => Promise.reject(new StartupError('not installed')));
      start(running.keeper);
      source.put(sampleSource({ id: 'numbat', title: 'Numbat bilby potoroo' }));
      await vi.waitFor(
        async () => expect(await ask(running, 'Numbat bilby potoroo')).toEqual({ encoder: 'former', first: 'numbat' }),
        { timeout: 30_000 },
      );
      await expect(running.keeper.rebuild()).rejects.toThrow('not installed');
      await expect(running.keeper.reembed()).rejects.toThrow('not installed');
    }, 120_000);
  });
}
