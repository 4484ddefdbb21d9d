import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll } from 'vitest';
import { ElasticTextIndex } from '../../../src/retrieval/adapters/elastic-text-index.ts';
import type { TextIndex } from '../../../src/retrieval/index.ts';
import { describeTextIndex } from '../../contract/retrieval/text-index-contract.ts';
import { describeTextIndexWriting } from '../../contract/retrieval/text-index-writing-contract.ts';
import { type ElasticsearchServer, startElasticsearch } from '../../kit/elasticsearch.ts';

let server: ElasticsearchServer | undefined;
let opened = 0;

beforeAll(async () => {
  server = await startElasticsearch();
}, 400_000);
afterAll(() => server?.stop(), 60_000);

const open = (): Promise<TextIndex> => {
  const client = new Client({ node: server?.url ?? '' });
  return Promise.resolve(new ElasticTextIndex({ client, name: 'samples', prefix: `run${opened++}` }));
};

describeTextIndex('Elasticsearch', open);
describeTextIndexWriting('Elasticsearch', open);
