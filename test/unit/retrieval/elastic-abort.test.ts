import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from '@elastic/elasticsearch';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationTimeoutError } from '../../../src/kernel/errors.ts';
import { ElasticRequests } from '../../../src/retrieval/adapters/elastic-requests.ts';

const server = createServer(() => undefined);
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a request to Elasticsearch', () => {
  it('that its caller stops fails with the reason of the stop', async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const requests = new ElasticRequests(new Client({ node: `http://127.0.0.1:${port}` }), 10_000);
    const stop = new AbortController();
    const reason = new OperationTimeoutError('Too long.');
    const answer = requests.send('GET', '/x', undefined, { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 50);
    await expect(answer).rejects.toBe(reason);
    await requests.close();
  });
});
