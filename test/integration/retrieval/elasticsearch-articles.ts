import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { articleItem } from '../../kit/articles.ts';
import type { ElasticsearchServer } from '../../kit/elasticsearch.ts';
import { articlesIndexed, encodeAll, linkAll, takeArticles } from '../../kit/literature.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

/** Articles and questions on a real Elasticsearch. */
export function describeArticles(running: () => ElasticsearchServer): void {
  describe('articles', () => {
    let catalog: TestCatalog;
    let home: string;
    let following: Promise<void>;
    const stop = new AbortController();

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'mia-elastic-articles-'));
      const env = { MIA_HOME: home, MIA_ARTICLE_VECTORS: 'all', ELASTICSEARCH_URL: running().url };
      catalog = await startTestCatalog('empty', env);
      following = catalog.app.literature.index.follow(stop.signal);
      const heading = { ui: 'D000544', label: 'Alzheimer Disease', major: true, qualifiers: [] };
      const filler = Array.from({ length: 20 }, (_, at) =>
        articleItem({
          pmid: String(100 + at),
          title: `Soil sample ${at}`,
          abstract: 'Sand and clay.',
          year: 2000 + at,
        }),
      );
      await takeArticles(catalog, 'pubmed', [
        articleItem({
          pmid: '1',
          title: 'Hippocampal atrophy on MRI predicts Alzheimer disease',
          abstract: 'Atrophy of the hippocampus on MRI predicts conversion to Alzheimer disease.',
          mesh: [heading],
          year: 2021,
        }),
        ...filler,
      ]);
      await encodeAll(catalog);
    }, 120_000);
    afterAll(async () => {
      stop.abort();
      await following;
      await catalog.close();
      await rm(home, { recursive: true, force: true });
    });

    const ask = async (query: string, token?: string): Promise<any> => {
      const { data, errors } = await catalog.ask(query, {}, token);
      expect(errors).toBeUndefined();
      return data;
    };

    it('are found by words, meaning and filters', async () => {
      const fields =
        'edges { words meaning node { pmid } } totalCount { ... on ExactCount { value } } meta { engine degraded }';
      const { found, filtered, newest } = await ask(`{
        found: searchArticles(text: "brain shrinkage on MRI", first: 1) { ${fields} }
        filtered: searchArticles(text: "", where: { mesh: { anyOf: ["dementia"] } }) { ${fields} }
        newest: searchArticles(text: "", where: { year: { gte: 2018 } }, first: 2) { ${fields} } }`);
      expect(found).toMatchObject({
        edges: [{ words: expect.any(Number), meaning: expect.any(Number), node: { pmid: '1' } }],
        meta: { engine: 'elasticsearch', degraded: false },
      });
      expect(filtered.edges.map((edge: any) => edge.node.pmid)).toEqual(['1']);
      expect(newest.edges.map((edge: any) => edge.node.pmid)).toEqual(['1', '119']);
      expect(newest.totalCount.value).toBe(3);
    });

    it('answer a question', async () => {
      const token = await catalog.token('RESEARCHER');
      const text = 'Does hippocampal atrophy on MRI predict Alzheimer disease?';
      const { createQuestion } = await ask(
        `mutation { createQuestion(input: { text: "${text}" }) { question { id } } }`,
        token,
      );
      await linkAll(catalog);
      const { question } = await ask(
        `{ question(id: "${createQuestion.question.id}") { matches { nodes { article { pmid } } } } }`,
        token,
      );
      expect(question.matches.nodes).toEqual([{ article: { pmid: '1' } }]);
    });

    it('are gone from the index when they are withdrawn', async () => {
      await takeArticles(catalog, 'pubmed', [{ kind: 'deletion', pmid: '119' }]);
      await articlesIndexed(catalog);
      const clean = { missing: [], stale: [], surplus: [], forbidden: [] };
      expect(await catalog.app.literature.index.verify()).toEqual(clean);
    });
  });
}
