import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../graphql/context.ts';
import type { Logger } from '../kernel/logger.ts';
import { causeOf, isOurFault } from './format-error.ts';

/** Logs what the caller is not told, under the id that the answer carries. */
export function logFailures(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async ({ contextValue: { requestId } }) => ({
      didEncounterErrors: async ({ errors }) => {
        for (const error of errors.filter(isOurFault)) {
          const cause = causeOf(error);
          const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
          logger.error('graphql.failed', { requestId, error: text, path: error.path });
        }
      },
    }),
    contextCreationDidFail: async ({ error }) => {
      if (isOurFault(error)) logger.error('graphql.notBegun', { error: error.stack ?? error.message });
    },
  };
}
