import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { RequestContext } from '../../graphql/context.ts';
import { type ErrorFormatter, knownErrorOf, retryHeaders } from '../format-error.ts';
import { type AnswerParts, answerOperation, type OperationAnswer } from './answer-operation.ts';

/** Answers every operation in Apollo's place; Apollo keeps HTTP, CSRF prevention, parsing and persisted documents. */
export function answerPlugin(parts: AnswerParts, formatError: ErrorFormatter): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ request, document, queryHash = '', contextValue }) => {
        const { operationName, variables = {} } = request;
        const answer = await answerOperation(
          { document, hash: queryHash, operationName, variables },
          contextValue,
          parts,
        ).catch(refusal);
        const errors = answer.errors.map((error) => formatError(error, contextValue.requestId));
        return {
          http: {
            ...(answer.status !== undefined && { status: answer.status }),
            headers: new HeaderMap(answer.headers ?? []),
          },
          body: {
            kind: 'single',
            singleResult: {
              ...(answer.data !== undefined && { data: answer.data }),
              ...(errors.length > 0 && { errors }),
            },
          },
        };
      },
    }),
  };
}

function refusal(error: unknown): OperationAnswer {
  const known = knownErrorOf(error);
  return {
    errors: [error],
    status: known?.httpStatus ?? 500,
    headers: retryHeaders(known),
  };
}
