import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AuditTrail, type Authenticator, type PrincipalStore, readScopeOf } from '../access/index.ts';
import type { CatalogReader, RecordStore, RowStore } from '../catalog/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { HarvestStore } from '../harvest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { OperationTimeoutError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ReadBudget } from '../kernel/read-budget.ts';
import type { Literature } from '../literature/index.ts';
import type { DatasetIndex, SavedSearchStore } from '../search/index.ts';
import { accessDoor } from './access-door.ts';
import { refusalOf } from './format-error.ts';
import { harvestDoor } from './harvest-door.ts';
import { networkOf } from './limits/token-buckets.ts';
import { literatureDoor } from './literature-door.ts';
import { createLoaders, termsOf } from './loaders.ts';
import { type PipelineDesk, pipelineDoor } from './pipeline-door.ts';
import { softwareVersion } from './software-version.ts';

/** What every request's context is made from. */
export interface ContextParts {
  readonly reader: CatalogReader;
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly principals: PrincipalStore;
  readonly authenticator: Authenticator;
  readonly trail: AuditTrail;
  readonly search: DatasetIndex;
  readonly harvests: HarvestStore;
  readonly pipelines: PipelineDesk;
  readonly literature: Literature;
  readonly savedSearches: SavedSearchStore;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Milliseconds from a request's arrival to its answer; absent for a stream, which lasts until the caller goes. */
  readonly operationMs?: number;
  readonly publicUrl: () => string;
}

/** Who asks, what they may read, and until when. */
export async function createContext(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: ContextParts,
): Promise<RequestContext> {
  const budget: ReadBudget = { signal: requestSignal(reply, parts.operationMs), rowsRead: 0 };
  const reader = parts.reader.within(budget);
  const [principal, vocabulary] = await Promise.all([
    parts.authenticator.authenticate(request.headers.authorization),
    reader.vocabulary(),
  ]).catch((error: unknown) => {
    throw refusalOf(error);
  });
  const scope = readScopeOf(principal);
  return {
    requestId: request.id,
    budget,
    network: networkOf(request.ip),
    principal,
    scope,
    reader,
    records: parts.records,
    rows: parts.rows,
    loaders: createLoaders(reader, scope),
    access: accessDoor(parts),
    terms: termsOf(vocabulary),
    readAnew: async () => {
      reader.forgetVocabulary();
      return { terms: termsOf(await reader.vocabulary()), loaders: createLoaders(reader, scope) };
    },
    search: parts.search,
    harvest: harvestDoor(parts.harvests),
    pipelines: pipelineDoor(parts.pipelines, principal),
    literature: literatureDoor(parts.literature),
    savedSearches: parts.savedSearches,
    logger: parts.logger,
    publicUrl: parts.publicUrl(),
    softwareVersion,
  };
}

/** Aborts when the time is over, and when the connection closes, be it that the answer was sent or that the caller has gone. */
function requestSignal(reply: FastifyReply, allowedMs: number | undefined): AbortSignal {
  const controller = new AbortController();
  const timer =
    allowedMs === undefined
      ? undefined
      : setTimeout(
          () =>
            controller.abort(
              new OperationTimeoutError(`The request took longer than ${allowedMs} ms and was stopped: ask for less.`, {
                allowedMs,
              }),
            ),
          allowedMs,
        );
  reply.raw.once('close', () => {
    clearTimeout(timer);
    if (!reply.raw.writableFinished) controller.abort(new OperationTimeoutError('The caller went away.'));
  });
  return controller.signal;
}
