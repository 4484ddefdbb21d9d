import type { Embedder } from './ports.ts';

/**
 * Opens each encoder once, however many work with it: a model takes a thread and some hundred megabytes.
 * @param open - an encoder by its name
 * @returns the same, whose embedders end when the last of their users has closed them
 */
export function shareEmbedders(open: (name: string) => Promise<Embedder>): (name: string) => Promise<Embedder> {
  const shared = new Map<string, { readonly opened: Promise<Embedder>; users: number }>();
  return async (name) => {
    const known = shared.get(name) ?? { opened: open(name), users: 0 };
    shared.set(name, known);
    known.users += 1;
    const leave = (): boolean => {
      known.users -= 1;
      if (known.users > 0) return false;
      if (shared.get(name) === known) shared.delete(name);
      return true;
    };
    let embedder: Embedder;
    try {
      embedder = await known.opened;
    } catch (error) {
      leave();
      throw error;
    }
    let closed = false;
    return {
      identity: async () => await embedder.identity(),
      embed: async (texts, role, signal) => await embedder.embed(texts, role, signal),
      close: async () => {
        if (closed) return;
        closed = true;
        if (leave()) await embedder.close();
      },
    };
  };
}
