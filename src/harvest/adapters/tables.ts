import { EntitySchema } from 'typeorm';
import {
  flag,
  id,
  instant,
  integer,
  json,
  key,
  label,
  now,
  nullable,
  references,
  text,
  uuid,
  withDefault,
} from '../../db/columns.ts';

/** A server that is mirrored. `lease_holder` may mirror it until `leased_until`; whoever writes state shows that it holds the lease. */
export const dataSourceTable = new EntitySchema({
  name: 'data_source',
  columns: {
    id,
    name: { ...label, unique: true },
    kind: text,
    url: text,
    createdAt: now,
    freshAt: nullable(instant),
    leaseHolder: nullable(uuid),
    leasedUntil: nullable(instant),
  },
});

/** One reading of a source: asked for, under way, or ended with its report. */
export const harvestRunTable = new EntitySchema({
  name: 'harvest_run',
  columns: {
    id,
    sourceId: uuid,
    state: text,
    options: json,
    requestedAt: now,
    requestedBy: nullable(uuid),
    startedAt: nullable(instant),
    finishedAt: nullable(instant),
    progress: nullable(json),
    report: nullable(json),
    error: nullable(text),
  },
  foreignKeys: references({ sourceId: ['data_source', 'CASCADE'], requestedBy: ['principal', 'SET NULL'] }),
  indices: [
    { columns: ['sourceId', 'requestedAt'] },
    { columns: ['state'], where: "state IN ('REQUESTED', 'RUNNING')" },
  ],
});

/** A project of a mirrored server as it was last seen, and the dataset that it feeds. */
export const mirrorProjectTable = new EntitySchema({
  name: 'mirror_project',
  columns: {
    sourceId: key(uuid),
    id: key(label),
    datasetId: uuid,
    accessibility: text,
    readable: flag,
    withheld: flag,
    /** Members, texts, definitions of variables, resources: what the dataset's record is made of. */
    detail: json,
    /** Rows were written that the catalog may not have yet. */
    dirty: flag,
    checkedAt: nullable(instant),
    changedAt: nullable(instant),
  },
  foreignKeys: references({ sourceId: ['data_source', 'CASCADE'], datasetId: ['dataset', 'CASCADE'] }),
  indices: [{ columns: ['datasetId'] }],
});

/**
 * A subject or experiment as it was last read: `fingerprint` is of what the lists said, `detail` what it was made into. The mirror
 * reads an item anew only when its fingerprint differs, and makes the rows of the catalog from here.
 */
export const mirrorItemTable = new EntitySchema({
  name: 'mirror_item',
  columns: {
    sourceId: key(uuid),
    id: key(label),
    kind: text,
    project: label,
    label,
    subjectId: nullable(label),
    sessionId: nullable(label),
    uid: nullable(text),
    scans: withDefault(integer, 0),
    fingerprint: text,
    detail: json,
  },
  foreignKeys: references({ sourceId: ['data_source', 'CASCADE'] }),
  indices: [
    { columns: ['sourceId', 'project', 'kind'] },
    { columns: ['sourceId', 'subjectId'], where: 'subject_id IS NOT NULL' },
  ],
});

/** An item of one project that is shown in another, too, under a label of its own. */
export const mirrorShareTable = new EntitySchema({
  name: 'mirror_share',
  columns: { sourceId: key(uuid), project: key(label), id: key(label), kind: text, label },
  foreignKeys: references({ sourceId: ['data_source', 'CASCADE'] }),
});
