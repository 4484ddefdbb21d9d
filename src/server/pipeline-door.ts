import DataLoader from 'dataloader';
import type { Principal } from '../access/index.ts';
import type { PipelineDoor } from '../graphql/context.ts';
import { type PipelineRun, runScopeOf } from '../pipelines/index.ts';

/** What pipelines are to the server: the same for every request. */
export type PipelineDesk = Omit<PipelineDoor, 'events' | 'inputs' | 'outputs' | 'generatedBy'>;

/** Pipelines and their runs for one request: lists that hang on runs are batched, and never remembered, as a run goes on. */
export function pipelineDoor(desk: PipelineDesk, principal: Principal): PipelineDoor {
  const scope = runScopeOf(principal);
  const events = lists(async (ids) => await desk.runs.events(ids));
  const inputs = lists(async (ids) => await desk.runs.inputs(ids));
  const outputs = lists(async (ids) => await desk.runs.outputs(ids));
  const generatedBy = new DataLoader<string, PipelineRun | null>(
    async (ids) => {
      const found = scope === undefined ? undefined : await desk.runs.runsByDerived(ids, scope);
      return ids.map((id) => found?.get(id) ?? null);
    },
    { cache: false },
  );
  return {
    ...desk,
    events: async (id) => await events.load(id),
    inputs: async (id) => await inputs.load(id),
    outputs: async (id) => await outputs.load(id),
    generatedBy: async (id) => await generatedBy.load(id),
  };
}

function lists<T>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, readonly T[]>>,
): DataLoader<string, readonly T[]> {
  return new DataLoader<string, readonly T[]>(
    async (ids) => {
      const found = await read(ids);
      return ids.map((id) => found.get(id) ?? []);
    },
    { cache: false },
  );
}
