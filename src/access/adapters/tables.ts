import { EntitySchema } from 'typeorm';
import {
  bigint,
  id,
  instant,
  key,
  now,
  nullable,
  references,
  smallint,
  text,
  texts,
  uuid,
  uuids,
} from '../../db/columns.ts';

/**
 * Somebody or something that calls: `token:…` accounts, OIDC subjects, `xnat:{server}:{login}`. A login of a mirrored server that is
 * linked to somebody gives them its rights for datasets.
 */
export const principalTable = new EntitySchema({
  name: 'principal',
  columns: {
    id,
    name: { ...text, unique: true },
    displayName: nullable(text),
    linkedTo: nullable(uuid),
    createdAt: now,
  },
  foreignKeys: references({ linkedTo: ['principal', 'SET NULL'] }),
  indices: [{ columns: ['linkedTo'], where: 'linked_to IS NOT NULL' }],
});

/** A role for the whole catalog (dataset empty) or for one dataset. */
export const roleGrantTable = new EntitySchema({
  name: 'role_grant',
  columns: { id, principalId: uuid, role: text, datasetId: nullable(uuid), grantedBy: nullable(text), createdAt: now },
  foreignKeys: references({ principalId: ['principal', 'CASCADE'], datasetId: ['dataset', 'CASCADE'] }),
  indices: [
    { columns: ['principalId', 'role'], unique: true, where: 'dataset_id IS NULL' },
    { columns: ['principalId', 'role', 'datasetId'], unique: true, where: 'dataset_id IS NOT NULL' },
  ],
});

/**
 * A personal access token: only its SHA-256 is kept. `roles` and `datasetIds` narrow what its principal may do with it; empty does
 * not. `createdWith` is the token it was made with: ending that one ends this one.
 */
export const accessTokenTable = new EntitySchema({
  name: 'access_token',
  columns: {
    id,
    principalId: uuid,
    name: text,
    hash: { ...text, unique: true },
    roles: texts,
    datasetIds: uuids,
    createdWith: nullable(uuid),
    expiresAt: nullable(instant),
    revokedAt: nullable(instant),
    lastUsedAt: nullable(instant),
    createdAt: now,
  },
  foreignKeys: references({ principalId: ['principal', 'CASCADE'] }),
});

/**
 * The audit trail: one chain, each entry hashed with the hash of the one before. Triggers of the migration refuse UPDATE, DELETE and
 * TRUNCATE. `actor` points to no principal by a foreign key, so that a person can be erased and the chain stays whole.
 */
export const auditEntryTable = new EntitySchema({
  name: 'audit_entry',
  columns: {
    sequence: key(bigint),
    at: instant,
    actor: nullable(uuid),
    action: text,
    objectKind: nullable(text),
    objectId: nullable(text),
    outcome: text,
    code: nullable(text),
    requestId: nullable(text),
    facts: text,
    previousHash: text,
    hash: text,
  },
  indices: [
    { columns: ['actor', 'sequence'], where: 'actor IS NOT NULL' },
    { columns: ['objectId', 'sequence'], where: 'object_id IS NOT NULL' },
  ],
});

/** The end of the chain, in one row: what is missing at the end of `audit_entry` shows against it. */
export const auditHeadTable = new EntitySchema({
  name: 'audit_head',
  columns: { id: key(smallint), sequence: bigint, hash: text },
});

/** Facts about this installation, such as "the shipped records were loaded". */
export const installationTable = new EntitySchema({
  name: 'installation',
  columns: { name: key(text), value: text, recordedAt: now },
});
