import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { SqliteTextIndex } from '../../src/retrieval/adapters/sqlite-text-index.ts';
import { type FusionSettings, fuseRanks, type RankedDocument, rebuildIndex } from '../../src/retrieval/index.ts';
import { MemorySource } from '../../test/kit/memory-source.ts';
import { openCachedEncoder } from './cached-encoder.ts';
import { articleSchema, type Collection, readScifact } from './collections.ts';
import { articleFusion } from './measure-quality.ts';
import { mean, ndcgAt10, recallAt } from './ranking-measures.ts';

/**
 * Prints nDCG@10 and R@100 of fusion settings on SciFact's training claims, best first: how `articleFusion` was chosen, so that
 * the benchmark's test claims were not looked at.
 *
 *     node bench/retrieval/choose-fusion.ts claims_train.jsonl
 */
const claim = z.looseObject({ claim: z.string(), cited_doc_ids: z.array(z.number()) });

function readTrainingClaims(file: string): Collection['questions'] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { claim: text, cited_doc_ids } = claim.parse(JSON.parse(line));
      return { text, judgements: new Map(cited_doc_ids.map((id) => [`scifact-${id}`, 1])) };
    });
}

function settingsGrid(): readonly FusionSettings[] {
  const weights = [0.3, 0.4, 0.5, 0.6, 0.7];
  const ways = [{ method: 'scores', k: 20 } as const, ...[10, 20, 60].map((k) => ({ method: 'rrf', k }) as const)];
  return ways.flatMap((way) =>
    weights.map((words) => ({ ...articleFusion, ...way, lexicalWeight: words, semanticWeight: 1 - words })),
  );
}

async function main(file: string): Promise<void> {
  const collection = readScifact();
  const questions = readTrainingClaims(file);
  const embedder = openCachedEncoder();
  const folder = mkdtempSync(join(tmpdir(), 'mia-fusion-'));
  const index = new SqliteTextIndex({ folder, name: articleSchema.name });
  try {
    const source = new MemorySource();
    for (const document of collection.documents) source.put(document);
    const parts = { source, index, embedder, logger: silentLogger, clock: systemClock };
    await rebuildIndex(parts, { schema: articleSchema, newId: () => 'tune' });
    const all = { scope: { kind: 'all' }, where: { kind: 'all', of: [] }, selections: [] } as const;
    const { hash } = await embedder.identity();
    const texts = questions.map(({ text }) => text);
    const vectors = await embedder.embed(texts, 'query');
    const lists: (readonly [readonly RankedDocument[], readonly RankedDocument[]])[] = [];
    for (const [position, text] of texts.entries()) {
      const vector = vectors[position] ?? new Float32Array();
      const { depth } = articleFusion;
      lists.push([
        await index.lexical({ ...all, text, synonyms: [], depth }),
        await index.nearest({ ...all, vector, encoderHash: hash, depth }),
      ]);
    }
    const rows = settingsGrid().map((settings) => {
      const fused = lists.map(([words, meaning]) => fuseRanks(words, meaning, settings).map(({ id }) => id));
      const score = (of: (ids: readonly string[], judgements: ReadonlyMap<string, number>) => number): number =>
        mean(fused.map((ids, position) => of(ids, questions[position]?.judgements ?? new Map())));
      return { settings, ndcg: score(ndcgAt10), recall: score((ids, judgements) => recallAt(100, ids, judgements)) };
    });
    for (const { settings, ndcg, recall } of rows.sort((a, b) => b.ndcg - a.ndcg)) {
      const { method, k, lexicalWeight, semanticWeight } = settings;
      const name = method === 'rrf' ? `rrf k ${k}` : 'scores';
      process.stdout.write(
        `${ndcg.toFixed(4)}  ${recall.toFixed(4)}  ${name.padEnd(9)} words ${lexicalWeight} meaning ${semanticWeight.toFixed(1)}\n`,
      );
    }
  } finally {
    await index.close();
    await embedder.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Which file? claims_train.jsonl of https://github.com/allenai/scifact\n');
  process.exitCode = 2;
} else await main(file);
