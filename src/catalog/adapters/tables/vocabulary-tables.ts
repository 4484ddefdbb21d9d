import { EntitySchema } from 'typeorm';
import {
  flag,
  id,
  instant,
  integer,
  key,
  nullable,
  references,
  text,
  texts,
  uuid,
  withDefault,
} from '../../../db/columns.ts';

/**
 * A term of a vocabulary (SKOS concept). `exactMatches` are IRIs of the same meaning in other vocabularies. `curated`: shipped or made by
 * a steward, not only brought by a record; `edited`: a steward's, which the shipped vocabulary leaves alone.
 */
export const conceptTable = new EntitySchema({
  name: 'concept',
  columns: {
    id,
    iri: { ...text, unique: true },
    scheme: text,
    code: nullable(text),
    label: text,
    synonyms: texts,
    exactMatches: texts,
    version: withDefault(integer, 1),
    curated: flag,
    edited: flag,
    retiredAt: nullable(instant),
    replacedBy: nullable(uuid),
  },
  foreignKeys: references({ replacedBy: ['concept', 'SET NULL'] }),
});

/** skos:broader between two concepts. */
export const conceptBroaderTable = new EntitySchema({
  name: 'concept_broader',
  columns: { conceptId: key(uuid), broaderId: key(uuid) },
  foreignKeys: references({ conceptId: ['concept', 'CASCADE'], broaderId: ['concept', 'CASCADE'] }),
  indices: [{ columns: ['broaderId'] }],
});

/** DICOM modality codes (PS3.3 C.7.3.1.1.1) and what DICOM lacks; `broaderCode` makes FMRI a kind of MR. */
export const modalityTable = new EntitySchema({
  name: 'modality',
  columns: {
    code: key(text),
    label: text,
    scheme: text,
    iri: nullable(text),
    synonyms: texts,
    broaderCode: nullable(text),
  },
});

/** A licence; `spdxId` where SPDX lists it. */
export const licenseTable = new EntitySchema({
  name: 'license',
  columns: { id, spdxId: nullable(text), iri: nullable(text), label: text, aliases: texts },
});

/** A person or organisation (foaf:Agent). */
export const agentTable = new EntitySchema({
  name: 'agent',
  columns: { id, kind: text, name: text, iri: nullable(text), homepage: nullable(text) },
});

/** Where facts come from: a name such as `idc`, its kind, and the precedence of that kind. */
export const sourceTable = new EntitySchema({
  name: 'source',
  columns: {
    id: { type: 'smallint', primary: true, generated: 'increment' },
    name: { ...text, unique: true },
    kind: text,
    rank: { type: 'smallint' },
  },
});

/** An article that describes, used or asks to be cited for a dataset. */
export const publicationTable = new EntitySchema({
  name: 'publication',
  columns: {
    id,
    doi: nullable(text),
    pmid: nullable(text),
    title: nullable(text),
    citation: nullable(text),
    url: nullable(text),
    year: nullable({ type: 'integer' }),
  },
});
