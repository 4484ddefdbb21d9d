import type { z } from 'zod';
import { UnauthenticatedError, UpstreamContractError } from '../kernel/errors.ts';
import { BrokenAnswerError, isHtml, isLoginPage } from './broken-answer.ts';
import type { TextReply } from './ports.ts';

/**
 * Reads an answer that must be JSON.
 * @throws UnauthenticatedError for the login page XNAT sends with status 200
 * @throws BrokenAnswerError for anything that is not whole JSON (asked again by the transport)
 */
export function parseJson(reply: TextReply): unknown {
  refuseHtml(reply);
  try {
    // U+0000 is no character of XML 1.0, of a database's text, or of anybody's name; where a server sends it, it is left out.
    return reply.text.includes('\\u0000') ? JSON.parse(reply.text, withoutNul) : JSON.parse(reply.text);
  } catch (cause) {
    throw new BrokenAnswerError(`the answer is not whole JSON (${reply.text.length} characters)`, { cause });
  }
}

function withoutNul(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value;
}

/** The text of an answer that must not be a page. Throws as parseJson does. */
export function parseText(reply: TextReply): string {
  refuseHtml(reply);
  return reply.text;
}

/** Parses JSON and checks its shape. @throws UpstreamContractError naming the first places that do not fit */
export function parseJsonAs<T>(schema: z.ZodType<T>, what: string): (reply: TextReply) => T {
  return (reply) => checkShape(schema, parseJson(reply), what);
}

/** Checks a parsed value against a schema. @throws UpstreamContractError */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new UpstreamContractError(`XNAT answered ${what} in a form we do not know: ${places.join('; ')}`, {
    what,
    places,
  });
}

/**
 * Keys that occur twice in one object of a JSON text. `JSON.parse` keeps the last silently; custom forms have been seen to
 * send both, so callers who care report it.
 */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const open: (Set<string> | undefined)[] = [];
  for (const token of text.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/g)) {
    if (token[0] === '{') open.push(new Set());
    else if (token[0] === '[') open.push(undefined);
    else if (token[0] === '}' || token[0] === ']') open.pop();
    else if (token[2] !== undefined && token[1] !== undefined) {
      const keys = open.at(-1);
      if (keys?.has(token[1]) === true) found.add(token[1]);
      keys?.add(token[1]);
    }
  }
  return [...found];
}

function refuseHtml(reply: TextReply): void {
  if (isLoginPage(reply.text)) throw new UnauthenticatedError('XNAT sent its login page: not logged in');
  if (isHtml(reply.text)) throw new BrokenAnswerError('XNAT sent a page where data was expected');
}
