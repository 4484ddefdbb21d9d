/** Bytes as they lie in a store. */
export interface StoredBlob {
  /** SHA-256 of the bytes, lower-case hex: their only name. */
  readonly sha256: string;
  readonly byteSize: number;
}

/** Bytes by their SHA-256. The same bytes are stored once; what is stored never changes. */
export interface BlobStore {
  /**
   * Stores bytes, all of them or none.
   * @param limits.maxBytes - the store takes no more than this
   * @param limits.signal - ends the writing; nothing is left of it
   * @throws LimitExceededError when there are more bytes
   */
  put(
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    limits?: { readonly maxBytes?: number; readonly signal?: AbortSignal },
  ): Promise<StoredBlob>;
  /**
   * The bytes of this digest. They are checked on the way: the last piece is given only when all of them are what was stored.
   * @throws NotFoundError when they are not here
   * @throws UpstreamContractError when they were changed behind the store's back
   */
  read(sha256: string): AsyncIterable<Uint8Array>;
  /** What is stored under a digest, unread; undefined when nothing is. */
  find(sha256: string): Promise<StoredBlob | undefined>;
}
