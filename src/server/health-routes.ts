import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';
import { softwareVersion } from './software-version.ts';

/** `/healthz`: the process lives. `/readyz`: it can answer. `/metrics`: Prometheus. */
export function addHealthRoutes(app: FastifyInstance, ready: () => Promise<boolean>, metrics: Metrics): void {
  app.get('/healthz', async () => ({ status: 'ok', version: softwareVersion }));
  app.get('/readyz', async (_request, reply) => {
    const answers = await ready();
    return await reply.code(answers ? 200 : 503).send({ status: answers ? 'ready' : 'not ready' });
  });
  app.get('/metrics', async (_request, reply) => await reply.type(metrics.contentType).send(await metrics.render()));
}
