import type { Embedder, EncoderIdentity } from '../embedding/index.ts';
import { messageOf, StartupError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { type Once, once } from '../kernel/once.ts';

/** Where encoders come from. */
export interface EncoderParts {
  /** The configured encoder; undefined for search by words alone. */
  readonly openWanted: () => Promise<Embedder | undefined>;
  /** Another encoder by the name that a generation keeps; without it, only the configured one is known. */
  readonly openNamed?: (profile: string) => Promise<Embedder>;
  readonly logger: Logger;
}

/**
 * The right encoder for each generation: while an index is embedded anew with another model, the old one goes on with its own, so
 * that questions and changes never meet vectors of another encoder.
 */
export interface GenerationEncoders {
  /** The configured encoder; undefined when there is none, and when it cannot be had. Waits for it. */
  wanted(): Promise<Embedder | undefined>;
  /**
   * The configured encoder; undefined when there is to be none.
   * @throws StartupError when it cannot be had
   */
  demand(): Promise<Embedder | undefined>;
  /** Whether the configured encoder could not be had when it was last asked for. */
  readonly isAway: boolean;
  /** The encoder of a generation's vectors, waited for; undefined when it holds none or its encoder cannot be had. */
  of(generation: EncoderIdentity | undefined): Promise<Embedder | undefined>;
  /** The same without waiting: undefined until it is loaded, which this begins. */
  ready(generation: EncoderIdentity | undefined): Promise<Embedder | undefined>;
  /** Ends the encoders that no generation but this one needs. */
  keepOnly(generation: EncoderIdentity | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Opens encoders as generations need them. */
export function encodersByGeneration(parts: EncoderParts): GenerationEncoders {
  const { logger, openNamed } = parts;
  const configured = once(async () => {
    const embedder = await parts.openWanted();
    return embedder && { embedder, identity: await embedder.identity() };
  });
  let isAway = false;
  const getConfigured = async (): Promise<Opened | undefined> => {
    try {
      const opened = await configured.get();
      isAway = false;
      return opened;
    } catch (error) {
      isAway = true;
      throw error;
    }
  };
  const others = new Map<string, Once<Opened | undefined>>();
  const report = (error: unknown): undefined => {
    logger.warn('search.encoderAway', { reason: messageOf(error) });
    return undefined;
  };
  const other = ({ profile, hash }: EncoderIdentity): Once<Opened | undefined> | undefined => {
    if (openNamed === undefined) return undefined;
    const known = others.get(hash) ?? once(() => openExactly(openNamed, profile, hash));
    others.set(hash, known);
    return known;
  };
  const find = async (generation: EncoderIdentity | undefined): Promise<Once<Opened | undefined> | undefined> => {
    if (generation === undefined) return undefined;
    const mine = await getConfigured().catch(report);
    return mine?.identity.hash === generation.hash ? configured : other(generation);
  };
  return {
    get isAway() {
      return isAway;
    },
    demand: async () => (await getConfigured())?.embedder,
    wanted: async () => (await getConfigured().catch(report))?.embedder,
    of: async (generation) => (await (await find(generation))?.get().catch(report))?.embedder,
    async ready(generation) {
      // The configured encoder first: which one a generation needs is known when that is loaded.
      if (!configured.isReady && !isAway) {
        if (!configured.isOpen) void getConfigured().catch(report);
        return undefined;
      }
      const encoder = isAway && generation !== undefined ? other(generation) : await find(generation);
      if (encoder === undefined) return undefined;
      if (encoder.isReady) return (await encoder.get().catch(report))?.embedder;
      if (!encoder.isOpen) void encoder.get().catch(report);
      return undefined;
    },
    async keepOnly(generation) {
      for (const [hash, encoder] of [...others]) {
        if (hash === generation?.hash) continue;
        others.delete(hash);
        await encoder.close(async (opened) => await opened?.embedder.close());
      }
    },
    async close() {
      await configured.close(async (opened) => await opened?.embedder.close());
      for (const encoder of others.values()) await encoder.close(async (opened) => await opened?.embedder.close());
    },
  };
}

interface Opened {
  readonly embedder: Embedder;
  readonly identity: EncoderIdentity;
}

/** The same name may mean other weights by now: only the very encoder that made the vectors will do. */
async function openExactly(open: (profile: string) => Promise<Embedder>, profile: string, hash: string) {
  const embedder = await open(profile);
  const identity = await embedder.identity();
  if (identity.hash === hash) return { embedder, identity };
  await embedder.close();
  throw new StartupError(
    `The index holds vectors of an encoder ${profile} with other weights or settings than the one installed now.`,
  );
}
