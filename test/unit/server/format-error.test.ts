import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { createErrorFormatter } from '../../../src/server/format-error.ts';

describe('what was thrown', () => {
  const logged: (Readonly<Record<string, unknown>> | undefined)[] = [];
  const format = createErrorFormatter({ ...silentLogger, error: (_, fields) => void logged.push(fields) });

  it.each([
    [undefined, 'undefined'],
    ['a text', "'a text'"],
    [{ code: 7 }, '{ code: 7 }'],
    [Object.assign(new Error('no stack'), { stack: undefined }), 'Error: no stack'],
  ])('is in the log, masked for the caller: %s', (thrown, shown) => {
    logged.length = 0;
    expect(format(thrown, 'r-1').extensions).toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
      details: { requestId: 'r-1' },
    });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ requestId: 'r-1', error: expect.stringContaining(shown) });
    expect(logged[0]?.['error']).not.toBe('undefined');
  });

  it('by a stop is no fault of ours', () => {
    logged.length = 0;
    const stopped = AbortSignal.abort().reason;
    expect(format(stopped).extensions).toMatchObject({ code: 'TIMEOUT' });
    expect(format(new GraphQLError('x', { originalError: stopped })).extensions).toMatchObject({ code: 'TIMEOUT' });
    expect(logged).toEqual([]);
  });
});
