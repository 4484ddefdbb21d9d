import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RequestContext } from '../graphql/context.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { runOf, writeCrate } from '../pipelines/index.ts';

const address = z.object({ id: z.string().max(100) });

/** `/runs/{id}/crate.zip`: the Process Run Crate of a run, for who may see the run and the rows of its input. */
export function addRunRoutes(
  app: FastifyInstance,
  contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<RequestContext>,
): void {
  app.get('/runs/:id/crate.zip', async (request, reply) => {
    const { principal, pipelines, reader, scope, publicUrl } = await contextOf(request, reply);
    const { id } = address.parse(request.params);
    const nodeId = id.includes(':') ? id : encodeNodeId('PipelineRun', id);
    const run = await runOf(nodeId, principal, pipelines.runs);
    const { runs, blobs } = pipelines;
    const archive = await writeCrate(run, scope, { runs, blobs, reader, publicUrl });
    return await reply
      .type('application/zip')
      .header('content-disposition', `attachment; filename="run-${run.id}.crate.zip"`)
      .header('cache-control', 'private, no-store')
      .send(Readable.from(archive, { objectMode: false }));
  });
}
