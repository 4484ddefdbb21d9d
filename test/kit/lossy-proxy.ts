import { createServer, request } from 'node:http';

/** A proxy to one server, which can lose answers. */
export interface LossyProxy {
  readonly url: string;
  /** Loses the answer, but not the request, of the next request with this method and path ending. */
  loseNext(method: string, ending: string): void;
  /** Bodies that reached the server, by method and path. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let lost: { readonly method: string; readonly ending: string } | undefined;
  const seen: string[] = [];
  const server = createServer((incoming, answer) => {
    const { method = 'GET', url = '/', headers } = incoming;
    seen.push(`${method} ${url}`);
    const loses = lost?.method === method && url.endsWith(lost.ending);
    if (loses) lost = undefined;
    const outgoing = request(target + url, { method, headers: { ...headers, host: new URL(target).host } }, (reply) => {
      if (loses) {
        reply.resume();
        reply.once('end', () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    });
    outgoing.once('error', () => incoming.socket.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    loseNext: (method, ending) => (lost = { method, ending }),
    seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
