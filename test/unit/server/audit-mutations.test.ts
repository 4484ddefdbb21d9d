import { makeExecutableSchema } from '@graphql-tools/schema';
import { graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, type AuditTrail, currentAuditNotes } from '../../../src/access/index.ts';
import { ConflictError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { actionOf, auditMutations } from '../../../src/server/audit-mutations.ts';

/** Runs one mutation whose resolver is `resolve`, under watch; gives its answer and what came into the trail. */
async function attempt(resolve: () => unknown, onSilence: 'throw' | 'append' = 'throw') {
  const entries: AuditEntry[] = [];
  const trail = {
    append: (entry: AuditEntry) => Promise.resolve(void entries.push(entry)),
  } as unknown as AuditTrail;
  const schema = makeExecutableSchema({
    typeDefs: 'type Query { a: Int } type Mutation { updateThing: Int }',
    resolvers: { Mutation: { updateThing: resolve } },
  });
  auditMutations(schema, { trail, logger: silentLogger, onSilence });
  const contextValue = { requestId: 'r1', principal: { role: 'GUEST', grants: [] } };
  return { entries, ...(await graphql({ schema, source: 'mutation { updateThing }', contextValue })) };
}

/** What a use case does in its transaction, by way of the store. */
function noteEntry(): void {
  const notes = currentAuditNotes();
  if (notes !== undefined) notes.written += 1;
}

describe('the watch over mutations', () => {
  it('lets pass what wrote its entry itself, however deep', async () => {
    const { data, entries } = await attempt(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      noteEntry();
      return 1;
    });
    expect([data?.['updateThing'], entries]).toEqual([1, []]);
  });

  it('fails a mutation that succeeds without an entry', async () => {
    const { errors } = await attempt(() => 1);
    expect(errors?.[0]?.message).toContain('thing.update wrote nothing into the audit trail');
  });

  it('or writes the entry late, where callers must not suffer', async () => {
    const { data, entries } = await attempt(() => 1, 'append');
    expect(data?.['updateThing']).toBe(1);
    expect(entries).toMatchObject([{ action: 'thing.update', outcome: 'DONE', requestId: 'r1' }]);
  });

  it.each([
    [new ConflictError('no'), 'REFUSED', 'CONFLICT'],
    [new UpstreamUnavailableError('away'), 'FAILED', 'UPSTREAM_UNAVAILABLE'],
    [new TypeError('bug'), 'FAILED', 'INTERNAL_SERVER_ERROR'],
  ])('writes down how %s ended', async (error, outcome, code) => {
    const { errors, entries } = await attempt(() => {
      throw error;
    });
    expect(entries).toMatchObject([{ action: 'thing.update', outcome, code, actor: undefined }]);
    expect(errors?.[0]?.originalError).toBe(error);
  });

  it('keeps the notes of mutations apart that run at the same time', async () => {
    const slow = attempt(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return 1;
    });
    const quick = attempt(() => {
      noteEntry();
      return 1;
    });
    expect((await slow).errors).toHaveLength(1);
    expect((await quick).errors).toBeUndefined();
  });
});

describe('actionOf', () => {
  it.each([
    ['updateDataset', 'dataset.update'],
    ['createAccessToken', 'accessToken.create'],
    ['importSubjects', 'subjects.import'],
    ['rerun', 'rerun'],
  ])('%s is %s', (field, action) => {
    expect(actionOf(field)).toBe(action);
  });
});
