import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

/** A model hub that serves one folder under every name, with the headers that the Hugging Face hub answers with. */
export interface ModelHub {
  readonly url: string;
  /** Requests so far, as `METHOD path`. */
  readonly asked: readonly string[];
  /** The commit that every revision resolves to. */
  commit: string;
  /** Makes it announce another checksum than the file has. */
  lies: boolean;
  close(): Promise<void>;
}

/** @param folder - with `config.json`, `tokenizer.json` and `onnx/` */
export async function startModelHub(folder: string, commit: string): Promise<ModelHub> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const path = /^\/[^/]+\/[^/]+\/resolve\/[^/]+\/(.+)$/u.exec(request.url ?? '')?.[1];
    const file = path === undefined || path.includes('..') ? undefined : statOf(join(folder, path));
    if (path === undefined || file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
    response.writeHead(200, {
      'content-length': file.size,
      'x-repo-commit': hub.commit,
      'x-linked-etag': `"${hub.lies ? sha256.replace(/^./u, (digit) => (digit === '0' ? '1' : '0')) : sha256}"`,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(join(folder, path)).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const hub: ModelHub = {
    url: `http://127.0.0.1:${port}`,
    asked,
    commit,
    lies: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hub;
}

function statOf(path: string): { readonly size: number } | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
