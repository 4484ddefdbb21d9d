import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql';
import { messageOf, StartupError } from '../kernel/errors.ts';

/** Documents that callers may name by their SHA-256 (hex of the file's bytes) instead of sending them. */
export class PersistedDocuments {
  readonly #documents: ReadonlyMap<string, string>;

  private constructor(documents: ReadonlyMap<string, string>) {
    this.#documents = documents;
  }

  /**
   * The `*.graphql` files of a folder; null has none.
   * @throws StartupError when the folder cannot be read or a file is not GraphQL
   */
  static read(folder: string | null): PersistedDocuments {
    if (folder === null) return new PersistedDocuments(new Map());
    try {
      const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
      const texts = files.map((file) => readDocument(folder, file));
      return new PersistedDocuments(new Map(texts.map((text) => [sha256(text), text])));
    } catch (error) {
      throw new StartupError(`The persisted documents of ${folder} cannot be used: ${messageOf(error)}.`, {
        cause: error,
      });
    }
  }

  get hashes(): ReadonlySet<string> {
    return new Set(this.#documents.keys());
  }

  /** As the cache that Apollo asks for persisted queries: what callers would add to it is dropped. */
  async get(hash: string): Promise<string | undefined> {
    return this.#documents.get(hash.replace(/^apq:/, ''));
  }

  async set(): Promise<void> {
    // Only the operator adds documents.
  }

  async delete(): Promise<void> {
    // Nor does anybody else take them away.
  }
}

function readDocument(folder: string, file: string): string {
  const text = readFileSync(join(folder, file), 'utf8');
  try {
    parse(text, { noLocation: true });
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
  }
  return text;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
