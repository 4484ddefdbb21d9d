import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { unpacked } from '../../../ingest/kit/open-bytes.ts';
import { urlSource } from '../../../ingest/kit/url-source.ts';
import { type Asked, type Given, startService } from '../../kit/article-services.ts';

const manners = { attempts: 4, firstPauseMs: 1, idleMs: 2_000 };
const text = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${Math.sin(index)}\n`).join('');
const file = gzipSync(text);

describe('a file of a web server', () => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(async () => await close());
  const read = async (answer: (asked: Asked) => Given): Promise<string> => {
    const service = await startService(answer);
    close = service.close;
    const source = await urlSource(`${service.url}/a.xml.gz`, undefined, manners);
    const pieces: Uint8Array[] = [];
    for await (const piece of unpacked(source)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const whole = { body: file, headers: { etag: '"1"' } };

  it('goes on where the connection broke', async () => {
    let breaks = 2;
    const ranges: (string | undefined)[] = [];
    const got = await read(({ headers, method }) => {
      if (method === 'HEAD') return whole;
      ranges.push(headers.range);
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      breaks -= 1;
      const rest = { status: from === 0 ? 200 : 206, body: file.subarray(from), headers: { etag: '"1"' } };
      return breaks >= 0 ? { ...rest, cut: 20_000 } : rest;
    });
    expect(got).toBe(text);
    expect(ranges).toEqual([undefined, 'bytes=20000-', 'bytes=40000-']);
  });

  it('passes over what it knows from a server that can only begin at the beginning', async () => {
    let first = true;
    const got = await read(({ method }) => {
      const cut = method === 'GET' && first;
      if (method === 'GET') first = false;
      return cut ? { ...whole, cut: 30_000 } : whole;
    });
    expect(got).toBe(text);
  });

  it('is refused when it changes meanwhile', async () => {
    let first = true;
    const changing = ({ method }: Asked): Given => {
      if (method === 'HEAD') return whole;
      const given = first ? { ...whole, cut: 30_000 } : { ...whole, headers: { etag: '"2"' } };
      first = false;
      return given;
    };
    await expect(read(changing)).rejects.toThrow(/changed while it was read/);
  });

  it('is asked for again when the server is busy, and its absence is said', async () => {
    let busy = 2;
    const got = await read(() => {
      busy -= 1;
      return busy >= 0 ? { status: 503, headers: { 'retry-after': '0' } } : whole;
    });
    expect(got).toBe(text);
    await close();
    await expect(read(() => ({ status: 404 }))).rejects.toThrow(/cannot be read: the server answers 404/);
  });
});
