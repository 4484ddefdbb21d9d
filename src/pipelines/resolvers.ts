import { requireSignedIn } from '../access/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { decodeLaunch, decodeListing } from './decode-arguments.ts';
import {
  cancelRun,
  describeEngines,
  findRun,
  followRun,
  hasCrate,
  launchPipeline,
  listRuns,
  mayOpen,
  type PipelineRun,
  readLog,
  rerun,
  runOf,
} from './index.ts';

/** A dataset as far as the reader may see it. */
async function visible(id: string | undefined, { loaders }: RequestContext) {
  return id === undefined ? null : await loaders.dataset.load(id);
}

/** GraphQL fields of pipelines and their runs: decode the arguments, ask, return. */
export const pipelineResolvers: Resolvers = {
  Query: {
    pipelines: async (_, __, { pipelines }) => (await pipelines.shelf.list()).map(({ spec }) => spec),
    engines: async (_, __, { pipelines }) => await describeEngines(pipelines.launchers),
    run: async (_, { id }, { principal, pipelines }) => (await findRun(id, principal, pipelines.runs)) ?? null,
    runs: async (_, args, { principal, pipelines, reader, scope }) =>
      await listRuns(await decodeListing(args, reader, scope), principal, pipelines.runs),
  },
  Mutation: {
    launchPipeline: async (_, { input }, { principal, requestId, reader, pipelines }) => {
      requireSignedIn(principal, 'RESEARCHER');
      return await launchPipeline(decodeLaunch(input), { principal, requestId }, { ...pipelines, reader });
    },
    cancelRun: async (_, { input }, { principal, requestId, pipelines }) => ({
      run: await cancelRun(input.id, { principal, requestId }, pipelines),
    }),
    rerun: async (_, { input }, { principal, requestId, reader, pipelines }) => {
      const { id, ...rest } = withoutNulls(input);
      const run = await runOf(id, principal, pipelines.runs);
      return await rerun({ ...rest, run }, { principal, requestId }, { ...pipelines, reader });
    },
  },
  Subscription: {
    runUpdated: {
      subscribe: (_, { id }, { principal, pipelines, budget }) =>
        followRun(id, { principal, runs: pipelines.runs, signal: budget.signal }),
      resolve: (run: PipelineRun) => run,
    },
  },
  LaunchRunResult: { __resolveType: (result) => ('run' in result ? 'LaunchedRun' : 'RunRejected') },
  Pipeline: {
    promises: ({ outputs }) => outputs,
    takesVariables: ({ takes }) => takes.variables,
    takesModalities: ({ takes }) => takes.modalities,
  },
  PipelineLimits: { gpus: ({ gpus }) => gpus?.count ?? 0 },
  Engine: {
    available: ({ capabilities }) => capabilities !== undefined,
    version: ({ capabilities }) => capabilities?.version ?? null,
    isolation: ({ capabilities }) => capabilities?.isolation ?? null,
    cpus: ({ capabilities }) => capabilities?.cpus ?? null,
    memoryMiB: ({ capabilities }) => capabilities?.memoryMiB ?? null,
    gpus: ({ capabilities }) => capabilities?.gpus ?? null,
    warnings: ({ capabilities }) => capabilities?.warnings ?? null,
  },
  PipelineRun: {
    id: ({ id }) => encodeNodeId('PipelineRun', id),
    pipeline: ({ spec }) => spec,
    timeline: async ({ id }, _, { pipelines }) => await pipelines.events(id),
    resourceUse: ({ use }) => use ?? null,
    inputs: async ({ id }, _, { pipelines }) => await pipelines.inputs(id),
    outputs: async ({ id }, _, { pipelines }) => await pipelines.outputs(id),
    logs: async (run, { stream, offset }, { pipelines, reader, scope }) =>
      (await mayOpen(run, reader, scope))
        ? await readLog(run, { stream: stream === 'STDERR' ? 'stderr' : 'stdout', offset }, pipelines)
        : null,
    derivedDataset: async ({ derivedDatasetId }, _, context) => await visible(derivedDatasetId, context),
    crateUrl: async (run, _, { publicUrl, reader, scope }) =>
      hasCrate(run) && (await mayOpen(run, reader, scope)) ? `${publicUrl}/runs/${run.id}/crate.zip` : null,
    rerunOf: async ({ rerunOf }, _, { principal, pipelines }) =>
      rerunOf === undefined
        ? null
        : ((await findRun(encodeNodeId('PipelineRun', rerunOf), principal, pipelines.runs)) ?? null),
  },
  RunCohort: { dataset: ({ slug }) => slug, memberCount: ({ memberIds }) => memberIds.length },
  RunOutput: { dataset: async ({ datasetId }, _, context) => await visible(datasetId, context) },
  Dataset: {
    runs: async ({ id }, { first, after }, { principal, pipelines }) =>
      await listRuns({ where: { datasetId: id }, first, ...(after != null && { after }) }, principal, pipelines.runs),
    generatedBy: async ({ id }, _, { pipelines }) => await pipelines.generatedBy(id),
  },
};
