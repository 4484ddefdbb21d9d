import { EntitySchema } from 'typeorm';
import { id, instant, key, now, nullable, references, text, texts, uuid } from '../../db/columns.ts';

/** Somebody or something that calls: `token:…` accounts, OIDC subjects, `xnat:{server}:{login}`. */
export const principalTable = new EntitySchema({
  name: 'principal',
  columns: { id, name: { ...text, unique: true }, displayName: nullable(text), createdAt: now },
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

/** A personal access token: only its SHA-256 is kept. `roles` narrows what its principal may do. */
export const accessTokenTable = new EntitySchema({
  name: 'access_token',
  columns: {
    id,
    principalId: uuid,
    name: text,
    hash: { ...text, unique: true },
    roles: texts,
    expiresAt: nullable(instant),
    revokedAt: nullable(instant),
    lastUsedAt: nullable(instant),
    createdAt: now,
  },
  foreignKeys: references({ principalId: ['principal', 'CASCADE'] }),
});

/** Facts about this installation, such as "the shipped records were loaded". */
export const installationTable = new EntitySchema({
  name: 'installation',
  columns: { name: key(text), value: text, recordedAt: now },
});
