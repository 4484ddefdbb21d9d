/** How far into a page we look for a login form. */
const pageHeadBytes = 64 * 1024;
/** Longest unwanted body that is read to keep its socket. */
const maxDrainedBytes = 2 ** 20;

/** Reads a body that nobody wants, so that its socket can be used again; leaves it, and closes the socket, when it is long. */
export async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let received = 0;
  for await (const chunk of bytes) {
    received += chunk.byteLength;
    if (received > maxDrainedBytes) return;
  }
}

/** The first bytes of a stream, and the whole stream all the same. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = [];
  const rest = bytes[Symbol.asyncIterator]();
  let received = 0;
  while (received < pageHeadBytes) {
    const next = await rest.next();
    if (next.done === true) break;
    received += next.value.byteLength;
    chunks.push(next.value);
  }
  async function* all(): AsyncIterable<Uint8Array> {
    try {
      yield* chunks;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head: Buffer.concat(chunks), all: all() };
}
