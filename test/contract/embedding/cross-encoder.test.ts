import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderModelStore } from '../../../src/embedding/adapters/folder-model-store.ts';
import { writeInstallRecord } from '../../../src/embedding/adapters/install-record.ts';
import { hashFile } from '../../../src/embedding/adapters/model-folder.ts';
import type { Reranker } from '../../../src/embedding/index.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { writeRandomBert } from '../../kit/random-bert.ts';

describe('a cross-encoder in a local folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'mia-reranker-'));
  const store = new FolderModelStore({ home: root, shipped: root, threads: 1, logger: silentLogger });
  const folder = (name: string): string => join(root, name);
  let reranker: Reranker;

  beforeAll(async () => {
    writeRandomBert(folder('one'), { classes: 1 });
    reranker = (await store.openReranker(folder('one'))).reranker;
    await reranker.load();
  }, 120_000);
  afterAll(async () => {
    await reranker.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('gives one score per text, in order, reading the question too', async () => {
    const texts = ['lung', 'mri of the brain', 'lung'];
    const scores = await reranker.score('brain', texts);
    expect(scores).toHaveLength(3);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(scores[2]).toBe(scores[0]);
    expect(scores[1]).not.toBe(scores[0]);
    expect((await reranker.score('kidney', texts))[0]).not.toBe(scores[0]);
    expect(await reranker.score('brain', [])).toEqual([]);
  }, 60_000);

  it('gives a text the same score alone and padded among longer ones', async () => {
    const [alone = 0] = await reranker.score('pet', ['lung']);
    const [padded] = await reranker.score('pet', ['lung', 'positron emission tomography of the lung']);
    expect(padded).toBeCloseTo(alone, 3);
  }, 60_000);

  it('cuts a long text, never the question', async () => {
    const [long = 0] = await reranker.score('mri', ['a '.repeat(80)]);
    const [longer] = await reranker.score('mri', ['a '.repeat(500)]);
    expect(longer).toBeCloseTo(long, 3);
    expect((await reranker.score('pet', ['a '.repeat(500)]))[0]).not.toBeCloseTo(long, 6);
  }, 60_000);

  it('takes two numbers for "not relevant" and "relevant"', async () => {
    writeRandomBert(folder('two'), { classes: 2 });
    const { reranker: two } = await store.openReranker(folder('two'));
    const [score = Number.NaN] = await two.score('brain', ['mri of the brain']);
    expect(Number.isFinite(score)).toBe(true);
    await two.close();
  }, 60_000);

  it('is refused in words where it gives three numbers, is an encoder, changed on disk, or is absent', async () => {
    writeRandomBert(folder('three'), { classes: 3 });
    const { reranker: three } = await store.openReranker(folder('three'));
    await expect(three.load()).rejects.toThrow('gives 3 numbers for a question and a text');
    await three.close();

    writeRandomBert(folder('encoder'));
    await expect(store.openReranker(folder('encoder'))).rejects.toThrow('is an encoder');
    await expect(store.open(folder('one'))).rejects.toThrow('is a cross-encoder');

    writeRandomBert(folder('changed'), { classes: 1 });
    const weights = 'onnx/model.onnx';
    const sha256 = await hashFile(join(folder('changed'), weights));
    const files = [{ path: weights, byteSize: 1, sha256 }];
    await writeInstallRecord(folder('changed'), { hubId: 'some/model', revision: 'main', files });
    appendFileSync(join(folder('changed'), weights), 'x');
    const { reranker: changed } = await store.openReranker(folder('changed'));
    await expect(changed.load()).rejects.toThrow(`not ${sha256}`);
    await changed.close();

    await expect(store.openReranker('medcpt-rerank')).rejects.toThrow('Run: mia model install medcpt-rerank');
  }, 60_000);
});
