import { LimitExceededError } from '../kernel/errors.ts';

/**
 * All bytes of a stream at once, for what is small by nature.
 * @throws LimitExceededError when there are more than `maxBytes`
 */
export async function readBytes(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    if (length > maxBytes)
      throw new LimitExceededError(`There are more than the ${maxBytes} bytes that are read at once.`, {
        limit: 'bytes',
        allowed: maxBytes,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
