import { z } from 'zod';
import { NotFoundError } from '../kernel/errors.ts';
import { checkShape, duplicateKeys, parseJson, parseJsonAs } from './parse-json.ts';
import { xapiPath } from './paths.ts';
import type { XnatServer } from './ports.ts';

/** What custom fields hang on. */
export type CustomFieldsOwner =
  | { readonly kind: 'project'; readonly project: string }
  | { readonly kind: 'subject'; readonly subject: string }
  | { readonly kind: 'experiment'; readonly experiment: string }
  | { readonly kind: 'scan'; readonly experiment: string; readonly scan: string }
  | { readonly kind: 'assessor'; readonly experiment: string; readonly assessor: string };

/** Answers to custom forms (XNAT 1.8+): form UUID → key → value, values being any JSON. */
export type CustomFields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Custom fields as read, with what was wrong in them. */
export interface CustomFieldsAnswer {
  readonly forms: CustomFields;
  /** Keys sent twice; the last value counts, and the caller should say so. */
  readonly duplicateKeys: readonly string[];
}

const formsSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Custom fields of an item; none where the server knows no custom fields (older than 1.8) or the item has none. */
export async function readCustomFields(
  server: XnatServer,
  owner: CustomFieldsOwner,
  signal: AbortSignal,
): Promise<CustomFieldsAnswer> {
  try {
    return await server.send(
      {
        operation: 'customFields.read',
        method: 'GET',
        path: ownerPath(owner),
        read: (reply) => ({
          forms: reply.text.trim() === '' ? {} : checkShape(formsSchema, parseJson(reply), 'custom fields'),
          duplicateKeys: duplicateKeys(reply.text),
        }),
      },
      signal,
    );
  } catch (error) {
    if (error instanceof NotFoundError) return { forms: {}, duplicateKeys: [] };
    throw error;
  }
}

/** Merges answers into an item's custom fields. */
export async function putCustomFields(
  server: XnatServer,
  options: { readonly owner: CustomFieldsOwner; readonly forms: CustomFields },
  signal: AbortSignal,
): Promise<void> {
  await server.send(
    {
      operation: 'customFields.put',
      method: 'PUT',
      path: ownerPath(options.owner),
      body: { kind: 'text', contentType: 'application/json', text: JSON.stringify(options.forms) },
      idempotent: true,
      read: () => undefined,
    },
    signal,
  );
}

const definitionsSchema = z.array(z.looseObject({ formUUID: z.string().optional(), title: z.string().optional() }));

/** A form's definition: raw, because a form.io document may hold anything. */
export type CustomForm = Readonly<Record<string, unknown>> & {
  readonly formUUID?: string | undefined;
  readonly title?: string | undefined;
};

/** Definitions of the server's custom forms. @throws NotFoundError on servers older than 1.8 */
export async function listCustomForms(server: XnatServer, signal: AbortSignal): Promise<readonly CustomForm[]> {
  return server.send(
    {
      operation: 'customForms.list',
      method: 'GET',
      path: xapiPath('customforms'),
      read: parseJsonAs(definitionsSchema, 'custom forms'),
    },
    signal,
  );
}

function ownerPath(owner: CustomFieldsOwner): string {
  switch (owner.kind) {
    case 'project':
      return xapiPath('custom-fields', 'projects', owner.project, 'fields');
    case 'subject':
      return xapiPath('custom-fields', 'subjects', owner.subject, 'fields');
    case 'experiment':
      return xapiPath('custom-fields', 'experiments', owner.experiment, 'fields');
    case 'scan':
      return xapiPath('custom-fields', 'experiments', owner.experiment, 'scans', owner.scan, 'fields');
    case 'assessor':
      return xapiPath('custom-fields', 'experiments', owner.experiment, 'assessors', owner.assessor, 'fields');
  }
}
