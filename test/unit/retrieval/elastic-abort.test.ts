import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationTimeoutError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import { ElasticRequests } from '../../../src/retrieval/adapters/elastic-requests.ts';

describe('a request to an Elasticsearch that never answers', () => {
  const server = createServer(() => undefined);
  let requests: ElasticRequests;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    requests = new ElasticRequests(new Client({ node: `http://127.0.0.1:${port}` }), 10_000);
  });
  afterAll(async () => {
    await requests.close();
    server.closeAllConnections();
    server.close();
  });

  it('that its caller stops fails with the reason of the stop', async () => {
    const stop = new AbortController();
    const reason = new OperationTimeoutError('Too long.');
    const answer = requests.send('GET', '/x', undefined, { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 50);
    await expect(answer).rejects.toBe(reason);
  });

  it('that takes too long stops nothing else of its caller', async () => {
    const { signal } = new AbortController();
    let stops = 0;
    signal.addEventListener('abort', () => (stops += 1));
    const answer = requests.send('GET', '/x', undefined, { signal, timeoutMs: 50 });
    await expect(answer).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(stops).toBe(0);
  });
});
