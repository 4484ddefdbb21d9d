import { randomUUID } from 'node:crypto';
import { includesRole, type Principal, requireSignedIn } from '../access/index.ts';
import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  LimitExceededError,
  NotFoundError,
} from '../kernel/errors.ts';
import { decodeNodeId, type PrincipalId, type QuestionId } from '../kernel/ids.ts';
import { type ArticleWhere, checkWhere } from './article-where.ts';
import type { ArticleReader, QuestionPatch, QuestionScope, QuestionStore, QuestionTransaction } from './ports.ts';
import type { Question, Verdict } from './question.ts';
import { articleIdIn } from './read-articles.ts';

/** Questions that one principal may keep: each is compared with every article that comes. */
const mostQuestions = 100;
const longestText = 2_000;
const longestNotes = 20_000;

/** Who asks, and where questions are kept. */
export interface QuestionKeeper {
  readonly principal: Principal;
  readonly questions: QuestionStore;
}

/** A question to keep. */
export interface NewQuestion {
  readonly text: string;
  readonly notes?: string;
  readonly shared?: boolean;
  readonly where?: ArticleWhere;
}

/** Whose questions a principal reads: one's own and those that are shared; stewards of the whole catalog read all, guests none. */
export function questionScopeOf(principal: Principal): QuestionScope {
  if (principal.id === undefined) return { kind: 'none' };
  return includesRole(principal.role, 'STEWARD') ? { kind: 'all' } : { kind: 'ownAndShared', owner: principal.id };
}

/** The id in a node id of a question; undefined for any other. */
export function questionIdIn(nodeId: string): QuestionId | undefined {
  const decoded = decodeNodeId(nodeId);
  return decoded?.type === 'Question' ? (decoded.uuid as QuestionId) : undefined;
}

/**
 * Keeps a question of the caller's; articles are linked to it by the role worker.
 * @throws UnauthenticatedError for guests, InvalidInputError for a text or filter that is none, LimitExceededError beyond as many as one may keep
 */
export async function createQuestion(input: NewQuestion, { principal, questions }: QuestionKeeper): Promise<Question> {
  const ownerId = requireSignedIn(principal);
  const id = randomUUID() as QuestionId;
  const text = readText(input.text);
  const { shared = false, where = {} } = input;
  checkWhere(where);
  const notes = input.notes === undefined ? undefined : readNotes(input.notes);
  await questions.transaction(async (tx) => {
    const found = await tx.count(ownerId);
    if (found >= mostQuestions)
      throw new LimitExceededError(`You keep ${found} questions: delete one to keep another.`, {
        limit: 'questions',
        allowed: mostQuestions,
        found,
      });
    await tx.add({ id, ownerId, text, notes, shared, where });
    await tx.audit(entryOf(ownerId, 'question.create', id));
  });
  return await readQuestion(id, { principal, questions });
}

/**
 * Edits a question of the caller's, or any as a steward; a new text or filter is compared with all articles anew.
 * @throws NotFoundError for one the caller does not see, ForbiddenError for one that is shared with them, ConflictError for another version
 */
export async function updateQuestion(
  {
    id: nodeId,
    expectedVersion,
    patch,
  }: { readonly id: string; readonly expectedVersion: number; readonly patch: QuestionPatch },
  keeper: QuestionKeeper,
): Promise<Question> {
  if (patch.where !== undefined) checkWhere(patch.where);
  const checked: QuestionPatch = {
    ...patch,
    ...(patch.text !== undefined && { text: readText(patch.text) }),
    ...(typeof patch.notes === 'string' && { notes: readNotes(patch.notes) }),
  };
  const id = await write(nodeId, 'question.update', keeper, async (tx, found, version) => {
    if (version !== expectedVersion)
      throw new ConflictError('The question was edited since you read it: read it again and repeat your edit.', {
        expectedVersion,
        version,
      });
    await tx.update(found, checked);
  });
  return await readQuestion(id, keeper);
}

/**
 * Forgets a question with its matches and what was said of them.
 * @throws as updateQuestion does
 */
export async function deleteQuestion(nodeId: string, keeper: QuestionKeeper): Promise<void> {
  await write(nodeId, 'question.delete', keeper, async (tx, id) => await tx.remove(id));
}

/**
 * Says whether an article answers a question, or takes that back. The question then draws what is like the accepted ones and repels what is
 * like the refused ones, of the articles here and of all that come.
 * @throws as updateQuestion does, and NotFoundError for an article that is not there
 */
export async function judgeArticle(
  input: { readonly question: string; readonly article: string; readonly verdict: Verdict | undefined },
  keeper: QuestionKeeper & { readonly articles: ArticleReader },
): Promise<Question> {
  const asked = articleIdIn(input.article);
  const article = asked && (await keeper.articles.byIds([asked])).get(asked);
  const id = await write(input.question, 'article.judge', keeper, async (tx, found, _version, by) => {
    if (article === undefined || !(await tx.judge(found, article.id, by, input.verdict)))
      throw new NotFoundError('There is no such article: `article` is the `id` of one.', { fields: ['article'] });
  });
  return await readQuestion(id, keeper);
}

/** A question that the caller sees; @throws NotFoundError for any other */
export async function readQuestion(id: QuestionId, { principal, questions }: QuestionKeeper): Promise<Question> {
  const question = (await questions.byIds([id], questionScopeOf(principal))).get(id);
  if (question === undefined) throw notThere();
  return question;
}

async function write(
  nodeId: string,
  action: string,
  { principal, questions }: QuestionKeeper,
  work: (tx: QuestionTransaction, id: QuestionId, version: number, by: PrincipalId) => Promise<void>,
): Promise<QuestionId> {
  const by = requireSignedIn(principal);
  const id = questionIdIn(nodeId);
  if (id === undefined) throw notThere();
  await questions.transaction(async (tx) => {
    const held = await tx.lock(id, questionScopeOf(principal));
    if (held === undefined) throw notThere();
    if (held.ownerId !== by && !includesRole(principal.role, 'STEWARD'))
      throw new ForbiddenError('A shared question is changed by its owner or a steward: make one of your own.');
    await work(tx, id, held.version, by);
    await tx.audit(entryOf(by, action, id));
  });
  return id;
}

function entryOf(actor: PrincipalId, action: string, id: QuestionId) {
  return { actor, action, object: { kind: 'Question', id }, outcome: 'DONE' } as const;
}

function readText(text: string): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  if (clean === '' || clean.length > longestText)
    throw new InvalidInputError(`A question has from 1 to ${longestText} characters.`, { fields: ['text'] });
  return clean;
}

function readNotes(notes: string): string {
  const clean = notes.toWellFormed().replaceAll('\0', '');
  if (clean.length > longestNotes)
    throw new InvalidInputError(`Notes have at most ${longestNotes} characters.`, { fields: ['notes'] });
  return clean;
}

function notThere(): NotFoundError {
  return new NotFoundError(
    'There is no such question, or it is not yours to read: `id` is the `id` of one of your `questions`.',
    {
      fields: ['id'],
    },
  );
}
