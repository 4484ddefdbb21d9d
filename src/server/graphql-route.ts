import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../graphql/context.ts';

/**
 * Mounts Apollo at `/graphql`. Not by `@as-integrations/fastify` 3.1, which builds a URL from the Host header, so that a caller
 * with a bad one got the status 500.
 */
export function addGraphql(
  app: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<RequestContext>,
): void {
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: async (request, reply) => {
      const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: graphqlRequest(request),
        context: async () => await contextOf(request, reply),
      });
      if (body.kind !== 'complete') throw new Error('An answer in parts, though no operation may ask for one.');
      // As bytes: a text would be encoded twice, to know its length and to send it.
      return await reply
        .code(status ?? 200)
        .headers(Object.fromEntries(headers))
        .send(Buffer.from(body.string));
    },
  });
}

function graphqlRequest(request: FastifyRequest): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const queryAt = request.url.indexOf('?');
  return {
    method: request.method,
    headers,
    body: request.body,
    search: queryAt === -1 ? '' : request.url.slice(queryAt),
  };
}
