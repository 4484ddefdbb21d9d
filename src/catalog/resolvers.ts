import type { GraphQLResolveInfo } from 'graphql';
import { askedOfEach, askedOfItems } from '../graphql/asked-fields.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { exactly } from '../kernel/count.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { fetchDataset } from './fetch-node.ts';
import { allCounts, headlineSubjects, heldCount, listDatasets, toCount } from './index.ts';
import { datasetProperties, distributionProperties, rowProperties } from './model/choose-properties.ts';
import type { RowKind, RowQuery } from './model/dataset.ts';
import { listOf, modalityOf, present, rowConnection, rowList, versionConnection } from './row-connections.ts';

/** A query for rows of which only what is asked is read. */
function asked<K extends RowKind>(kind: K, info: GraphQLResolveInfo, where: RowQuery<K>['where']): RowQuery<K> {
  return { kind, where, properties: rowProperties(kind, askedOfItems(info)) };
}

/** GraphQL fields of the catalog: decode the arguments, ask, return. */
export const catalogResolvers: Resolvers = {
  Query: {
    dataset: (_, args, context) => fetchDataset(args, context.loaders),
    datasets: (_, args, { reader, scope }, info) =>
      listDatasets(
        {
          ...args,
          properties: datasetProperties(askedOfItems(info)),
          where: withoutNulls(args.where ?? {}),
          order: { field: args.orderBy?.field ?? 'TITLE', direction: args.orderBy?.direction ?? 'ASC' },
        },
        reader,
        scope,
      ),
    catalog: () => ({}),
  },
  Catalog: {
    title: () => 'MIA Catalog',
    url: (_, __, { publicUrl }) => publicUrl,
    softwareVersion: (_, __, { softwareVersion }) => softwareVersion,
    datasetCount: async (_, __, { reader, scope }) => exactly((await reader.totals(scope)).datasets),
    subjectCount: async (_, __, { reader, scope }) => exactly((await reader.totals(scope)).subjects),
    sessionCount: async (_, __, { reader, scope }) => exactly((await reader.totals(scope)).sessions),
    scanCount: async (_, __, { reader, scope }) => exactly((await reader.totals(scope)).scans),
    modalities: (_, __, { terms }) => [...terms.modalities.values()],
  },
  Dataset: {
    id: ({ id }) => encodeNodeId('Dataset', id),
    rowAccess: ({ rowsVisible, accessClass }) =>
      rowsVisible ? 'VISIBLE' : accessClass === 'OPEN_NON_COMMERCIAL' ? 'NEEDS_RESEARCHER' : 'NEEDS_GRANT',
    license: ({ licenseId }, _, { terms }) => terms.licenses.get(licenseId ?? '') ?? null,
    publisher: async ({ publisherId }, _, { loaders }) =>
      publisherId === undefined ? null : await loaders.agent.load(publisherId),
    identifiers: ({ id }, _, { loaders }) => loaders.part('identifiers').load(id),
    creators: ({ id }, _, { loaders }) => loaders.part('creators').load(id),
    conditions: async ({ id }, _, { loaders, terms }) =>
      listOf(await loaders.part('conditions').load(id), (link) => terms.conceptsById.get(link.conceptId)),
    bodyParts: async ({ id }, _, { loaders, terms }) =>
      listOf(await loaders.part('bodyParts').load(id), (link) => terms.conceptsById.get(link.conceptId)),
    modalities: async ({ id }, _, { loaders, terms }) =>
      listOf(await loaders.part('modalities').load(id), (link) => terms.modalities.get(link.code)),
    subjectCount: async (dataset, _, { loaders }) =>
      headlineSubjects(dataset, await loaders.part('counts').load(dataset.id)),
    sessionCount: ({ held, rowsUpdatedAt }) => heldCount(held.sessions, 'sessions', rowsUpdatedAt),
    scanCount: ({ held, rowsUpdatedAt }) => heldCount(held.scans, 'scans', rowsUpdatedAt),
    counts: async (dataset, _, { loaders }) => allCounts(dataset, await loaders.part('counts').load(dataset.id)),
    byteSize: ({ held }) => (held.bytes === 0 ? null : held.bytes),
    distributions: ({ id }, _, { loaders }, info) =>
      loaders.part('distributions', distributionProperties(askedOfEach(info))).load(id),
    publications: ({ id }, _, { loaders }) => loaders.part('publications').load(id),
    relations: ({ id }, _, { loaders }) => loaders.part('relations').load(id),
    origins: ({ id }, _, { loaders }) => loaders.part('origins').load(id),
    subjects: ({ id }, { where, ...page }, { loaders }, info) =>
      rowConnection(asked('subject', info, withoutNulls(where ?? {})), { kind: 'dataset', id }, page, loaders),
    sessions: ({ id }, { where, ...page }, { loaders }, info) =>
      rowConnection(asked('session', info, withoutNulls(where ?? {})), { kind: 'dataset', id }, page, loaders),
    scans: ({ id }, { where, ...page }, { loaders }, info) =>
      rowConnection(asked('scan', info, withoutNulls(where ?? {})), { kind: 'dataset', id }, page, loaders),
    variables: ({ id }, { where, ...page }, { loaders }, info) =>
      rowConnection(asked('variable', info, withoutNulls(where ?? {})), { kind: 'dataset', id }, page, loaders),
    versions: ({ id, publishedVersion }, page, { loaders }) =>
      versionConnection(id, publishedVersion ?? 0, page, loaders),
  },
  CountStatement: { count: (statement) => toCount(statement) },
  DatasetVersion: {
    id: ({ id }) => encodeNodeId('DatasetVersion', id),
    iri: ({ slug, number }, _, { publicUrl }) => `${publicUrl}/dataset/${slug}/v/${number}`,
  },
  DatasetRelation: {
    dataset: async ({ targetSlug }, _, { loaders }) =>
      targetSlug === undefined ? null : await loaders.datasetBySlug.load(targetSlug),
    iri: ({ targetSlug, targetIri }, _, { publicUrl }) =>
      targetIri ?? (targetSlug === undefined ? null : `${publicUrl}/dataset/${targetSlug}`),
  },
  Distribution: {
    license: ({ licenseId }, _, { terms }) => terms.licenses.get(licenseId ?? '') ?? null,
  },
  Concept: {
    broader: ({ broader }, _, { terms }) => listOf(broader, (iri) => terms.conceptsByIri.get(iri)),
    version: ({ version }) => version ?? 1,
    edited: ({ edited }) => edited ?? false,
  },
  Subject: {
    id: ({ id }) => encodeNodeId('Subject', id),
    dataset: async ({ datasetId }, _, { loaders }) => present(await loaders.dataset.load(datasetId)),
    values: async ({ id }, { names }, { loaders }) => loaders.values('subject', names ?? undefined).load(id),
    sharedInto: ({ id }, _, { loaders }) => loaders.shares('subject').load(id),
    resources: ({ id }, _, { loaders }) => rowList('resource', { kind: 'subject', id }, loaders),
    assessors: ({ id }, _, { loaders }) => rowList('assessor', { kind: 'subject', id }, loaders),
    sessions: ({ id }, page, { loaders }, info) =>
      rowConnection(asked('session', info, {}), { kind: 'subject', id }, page, loaders),
  },
  ImagingSession: {
    id: ({ id }) => encodeNodeId('ImagingSession', id),
    modalities: async ({ id }, _, { loaders, terms }) =>
      (await loaders.sessionModalities.load(id)).map((code) => modalityOf(code, terms.modalities)),
    subject: async ({ subjectId }, _, { loaders }) => present(await loaders.row('subject').load(subjectId)),
    resources: ({ id }, _, { loaders }) => rowList('resource', { kind: 'session', id }, loaders),
    assessors: ({ id }, _, { loaders }) => rowList('assessor', { kind: 'session', id }, loaders),
    values: async ({ id }, { names }, { loaders }) => loaders.values('session', names ?? undefined).load(id),
    sharedInto: ({ id }, _, { loaders }) => loaders.shares('session').load(id),
    scans: ({ id }, page, { loaders }, info) =>
      rowConnection(asked('scan', info, {}), { kind: 'session', id }, page, loaders),
  },
  Scan: {
    id: ({ id }) => encodeNodeId('Scan', id),
    modality: ({ modality }, _, { terms }) => (modality === undefined ? null : modalityOf(modality, terms.modalities)),
    license: ({ licenseId }, _, { terms }) => terms.licenses.get(licenseId ?? '') ?? null,
    session: async ({ sessionId }, _, { loaders }) => present(await loaders.row('session').load(sessionId)),
    resources: ({ id }, _, { loaders }) => rowList('resource', { kind: 'scan', id }, loaders),
  },
  Share: { dataset: async ({ datasetId }, _, { loaders }) => present(await loaders.dataset.load(datasetId)) },
  Resource: { id: ({ id }) => encodeNodeId('Resource', id) },
  Assessor: { id: ({ id }) => encodeNodeId('Assessor', id) },
  Variable: {
    id: ({ id }) => encodeNodeId('Variable', id),
    concept: ({ conceptId }, _, { terms }) => terms.conceptsById.get(conceptId ?? '') ?? null,
    summary: ({ id }, _, { loaders }) => loaders.variableSummary.load(id),
  },
  VariableValue: {
    concept: ({ conceptId }, _, { terms }) => terms.conceptsById.get(conceptId ?? '') ?? null,
    name: async ({ variableId }, _, { loaders }) => present(await loaders.row('variable').load(variableId)).name,
    variable: async ({ variableId }, _, { loaders }) => present(await loaders.row('variable').load(variableId)),
  },
};
