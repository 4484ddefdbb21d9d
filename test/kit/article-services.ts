import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a service on loopback answers to a request: status, headers, body; `cut` breaks the connection after so many bytes. */
export interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly cut?: number;
}

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Fields of the address and of the form, together. */
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

/** A web service on loopback that answers by a function and remembers what it was asked. */
export async function startService(
  answer: (asked: Asked) => Given,
): Promise<{ readonly url: string; readonly asked: Asked[]; readonly close: () => Promise<void> }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const fields = Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
      const one = { method: request.method ?? '', path: url.pathname, fields, headers: request.headers };
      asked.push(one);
      send(response, answer(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', cut }: Given): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  if (cut === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
}
