import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe } from 'vitest';
import { ElasticTextIndex } from '../../../src/retrieval/adapters/elastic-text-index.ts';
import type { TextIndex } from '../../../src/retrieval/index.ts';
import { describeReembedding } from '../../contract/retrieval/reembed-contract.ts';
import { describeTextIndex } from '../../contract/retrieval/text-index-contract.ts';
import { describeTextIndexWriting } from '../../contract/retrieval/text-index-writing-contract.ts';
import { type ElasticsearchServer, startElasticsearch } from '../../kit/elasticsearch.ts';
import { describeArticles } from './elasticsearch-articles.ts';
import { describeKills } from './elasticsearch-kills.ts';
import { describeOutages } from './elasticsearch-outages.ts';
import { describeSearch } from './elasticsearch-search.ts';

const skipped = process.env['MIA_SKIP_ELASTICSEARCH'] === '1';
if (skipped) process.stderr.write('Skipped: the suites on a real Elasticsearch, because MIA_SKIP_ELASTICSEARCH=1\n');

describe.skipIf(skipped)('a real Elasticsearch', () => {
  let server: ElasticsearchServer | undefined;
  let opened = 0;

  beforeAll(async () => {
    server = await startElasticsearch();
  }, 600_000);
  afterAll(() => server?.stop(), 60_000);

  const running = (): ElasticsearchServer => {
    if (server === undefined) throw new Error('Elasticsearch has not been started');
    return server;
  };
  const open = (): Promise<TextIndex> => {
    const client = new Client({ node: running().url });
    return Promise.resolve(new ElasticTextIndex({ client, name: 'samples', prefix: `run${opened++}` }));
  };

  describeTextIndex('Elasticsearch', open);
  describeTextIndexWriting('Elasticsearch', open);
  describeReembedding('Elasticsearch', open);
  describeSearch(running);
  describeOutages(running, open);
  describeKills(running);
  describeArticles(running);
});
