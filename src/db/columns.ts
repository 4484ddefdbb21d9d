import type { EntitySchemaColumnOptions, EntitySchemaOptions } from 'typeorm';

type Column = EntitySchemaColumnOptions;
type ForeignKeys = NonNullable<EntitySchemaOptions<unknown>['foreignKeys']>;

/** Primary key minted by us (UUID v5 of a natural key), so that it survives restarts and re-ingests. */
export const id: Column = { type: 'uuid', primary: true };
/** Primary key counted by the database, in order of commit where a lock makes it so. */
export const sequence: Column = { type: 'bigint', primary: true, generated: 'increment' };
export const uuid: Column = { type: 'uuid' };
export const text: Column = { type: 'text' };
/** Text that is sorted and compared byte by byte, the same on every server. */
export const label: Column = { type: 'text', collation: 'C' };
export const integer: Column = { type: 'integer' };
export const bigint: Column = { type: 'bigint' };
export const smallint: Column = { type: 'smallint' };
export const real: Column = { type: 'double precision' };
export const date: Column = { type: 'date' };
export const bytes: Column = { type: 'bytea' };
export const json: Column = { type: 'jsonb' };
export const instant: Column = { type: 'timestamptz' };
export const now: Column = { type: 'timestamptz', default: () => 'now()' };
export const texts: Column = { type: 'text', array: true, default: '{}' };
export const uuids: Column = { type: 'uuid', array: true, default: '{}' };
export const flag: Column = { type: 'boolean', default: false };

/** The same column, which may be empty. */
export function nullable(column: Column): Column {
  return { ...column, nullable: true };
}

/** The same column as (part of) the primary key. */
export function key(column: Column): Column {
  return { ...column, primary: true };
}

/** The same column with a default. */
export function withDefault(column: Column, value: string | number | boolean): Column {
  return { ...column, default: value };
}

/**
 * Foreign keys by id, without object relations.
 * @param targets - property name → name of the table it points to, and what a delete there does here
 */
export function references(
  targets: Readonly<Record<string, readonly [table: string, onDelete: 'CASCADE' | 'RESTRICT' | 'SET NULL']>>,
): ForeignKeys {
  return Object.entries(targets).map(([column, [target, onDelete]]) => ({
    target,
    columnNames: [column],
    referencedColumnNames: [target === 'modality' ? 'code' : 'id'],
    onDelete,
  }));
}
