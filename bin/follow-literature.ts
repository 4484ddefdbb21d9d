import { setTimeout as delay } from 'node:timers/promises';
import type { Application } from '../src/compose.ts';
import { followQuestions, followVectorQueue } from '../src/literature/index.ts';

/** Until there is work, or while the encoder cannot be had, it is looked for this often. */
const pollMs = 1_000;

/** The literature's part of the role worker: the index follows the articles, and questions follow the index. */
export function followLiterature(app: Application, signal: AbortSignal): readonly Promise<void>[] {
  const { literature, logger, reader } = app;
  return [
    literature.index.follow(signal),
    followQuestions({ literature, vocabulary: async () => await reader.vocabulary(), logger }, signal),
    literature.discovery.follow(signal),
  ];
}

/** The role embed: encodes what waits in the queue, on as many machines as there are processes; @param leaseMs - see EmbedParts */
export async function encodeArticles(
  { literature, logger }: Application,
  leaseMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { vectors: queue, articles, index } = literature;
  while (!signal.aborted) {
    // Loaded when there is work: a catalog without papers needs no second look at the model.
    const embedder = (await queue.waiting().catch(() => 0)) > 0 ? await index.encoder() : undefined;
    if (embedder !== undefined) {
      await followVectorQueue({ queue, articles, embedder, leaseMs, logger }, signal);
      return;
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
