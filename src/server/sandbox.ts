import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { FastifyInstance } from 'fastify';

/** The query that the sandbox opens with, and that the first start prints. */
export const exampleQuery = `{
  datasets(where: { modality: { anyOf: ["MRI"] }, subjectCount: { gte: 500 } }, first: 5) {
    totalCount { ... on ExactCount { value } }
    nodes {
      slug
      title
      accessClass
      conditions { label }
      subjectCount { ... on ExactCount { value source } }
      scanCount { ... on ExactCount { value } }
    }
  }
}`;

/** GraphiQL at `/graphql` for browsers, with everything in the page: it works without the internet. */
export function addSandbox(app: FastifyInstance): void {
  let page: string | undefined;
  app.addHook('onRequest', async (request, reply) => {
    const wantsPage =
      request.method === 'GET' && request.url === '/graphql' && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage) return;
    page ??= renderGraphiQL({ title: 'MIA Catalog', defaultQuery: exampleQuery, endpoint: '/graphql' });
    await reply
      .header(
        'content-security-policy',
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
      )
      .type('text/html; charset=utf-8')
      .send(page);
  });
}
