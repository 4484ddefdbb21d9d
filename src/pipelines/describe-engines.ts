import type { EngineCapabilities } from './model.ts';
import type { PipelineLauncher } from './ports.ts';

const answerMs = 3_000;

/** An engine as it is now. */
export interface EngineNow {
  readonly name: string;
  /** Absent when it does not answer. */
  readonly capabilities?: EngineCapabilities;
}

/** What each engine can do at this moment; one that does not answer is said not to. */
export async function describeEngines(launchers: ReadonlyMap<string, PipelineLauncher>): Promise<readonly EngineNow[]> {
  return await Promise.all(
    [...launchers].map(async ([name, launcher]): Promise<EngineNow> => {
      try {
        return { name, capabilities: await launcher.capabilities(AbortSignal.timeout(answerMs)) };
      } catch {
        return { name };
      }
    }),
  );
}
