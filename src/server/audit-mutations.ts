import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { type AuditEntry, type AuditNotes, type AuditTrail, withAuditNotes } from '../access/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import { messageOf } from '../kernel/errors.ts';
import { decodeNodeId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import { knownErrorOf } from './format-error.ts';

/** What the watch over mutations works with. */
export interface AuditWatch {
  readonly trail: AuditTrail;
  readonly logger: Logger;
  /** What happens when a mutation has succeeded and nothing in the trail says so: a fault (tests), or an entry written late and a warning. */
  readonly onSilence: 'throw' | 'append';
}

type Resolver = GraphQLFieldResolver<unknown, RequestContext, Readonly<Record<string, unknown>>>;

/**
 * Wraps every field of Mutation, so that none can be without its entry in the audit trail: what is refused or fails is written down
 * here, what succeeds by the use case in the transaction of its write. That the use case did is checked.
 */
export function auditMutations(schema: GraphQLSchema, watch: AuditWatch): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const action = actionOf(field.name);
    const resolve = (field.resolve ?? defaultFieldResolver) as Resolver;
    const audited: Resolver = async (source, args, context, info) =>
      await runAudited({ action, args, context, watch }, () => resolve(source, args, context, info));
    field.resolve = audited as GraphQLFieldResolver<unknown, unknown>;
  }
}

/** `updateDataset` → `dataset.update`: the name of an action, made of the name of its mutation. */
export function actionOf(field: string): string {
  const [, verb = field, noun = ''] = /^([a-z]+)(\w*)$/.exec(field) ?? [];
  return noun === '' ? verb : `${noun.charAt(0).toLowerCase()}${noun.slice(1)}.${verb}`;
}

interface Attempt {
  readonly action: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  readonly watch: AuditWatch;
}

async function runAudited(attempt: Attempt, resolve: () => unknown): Promise<unknown> {
  const { action, context, watch } = attempt;
  const notes: AuditNotes = { requestId: context.requestId, written: 0 };
  let result: unknown;
  try {
    result = await withAuditNotes(notes, async () => await resolve());
  } catch (error) {
    await appendOrLog(attempt, refusalEntry(attempt, error));
    throw error;
  }
  if (notes.written > 0) return result;
  if (watch.onSilence === 'throw') throw new Error(`The mutation of ${action} wrote nothing into the audit trail.`);
  watch.logger.error('audit.silentMutation', { action, requestId: context.requestId });
  await appendOrLog(attempt, { ...head(attempt), outcome: 'DONE' });
  return result;
}

function refusalEntry(attempt: Attempt, error: unknown): AuditEntry {
  const known = knownErrorOf(error);
  // An upstream that is away did not refuse anything.
  const refused = known !== undefined && known.httpStatus < 500;
  return {
    ...head(attempt),
    outcome: refused ? 'REFUSED' : 'FAILED',
    code: known?.code ?? 'INTERNAL_SERVER_ERROR',
  };
}

function head({ action, args, context }: Attempt): Pick<AuditEntry, 'actor' | 'action' | 'object' | 'requestId'> {
  const object = objectOf(args);
  return { actor: context.principal.id, action, requestId: context.requestId, ...(object && { object }) };
}

const namedObject = z.object({ input: z.object({ id: z.string().nullish(), datasetId: z.string().nullish() }) });

/** What the input names by a node id; anything else could be personal and stays out. */
function objectOf(args: Readonly<Record<string, unknown>>): AuditEntry['object'] {
  const input = namedObject.safeParse(args).data?.input;
  const node = decodeNodeId(input?.id ?? input?.datasetId ?? '');
  return node === undefined || !/^[A-Za-z]{1,40}$/.test(node.type) ? undefined : { kind: node.type, id: node.uuid };
}

/** The caller's own error is what they are told, even when the trail cannot be written: then the log has it. */
async function appendOrLog({ watch, context, action }: Attempt, entry: AuditEntry): Promise<void> {
  try {
    await watch.trail.append(entry);
  } catch (error) {
    watch.logger.error('audit.notWritten', { action, requestId: context.requestId, error: messageOf(error) });
  }
}
