import type { SimReply } from './exchange.ts';
import { json, text } from './exchange.ts';
import { itemTree, resourceNode, typeOf } from './item-tree.ts';
import { findResource, locate } from './lookups.ts';
import { renderItemXml } from './render-item-xml.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf } from './tables.ts';

const sessions = [
  '/data/experiments/:experiment',
  '/data/projects/:project/experiments/:experiment',
  '/data/projects/:project/subjects/:subject/experiments/:experiment',
  '/data/subjects/:subject/experiments/:experiment',
];

/** Addresses under which a single item can be had, innermost last. */
export const itemPatterns: readonly string[] = [
  '/data/projects/:project',
  '/data/subjects/:subject',
  '/data/projects/:project/subjects/:subject',
  ...sessions,
  ...sessions.flatMap((session) => [`${session}/scans/:scan`, `${session}/assessors/:assessor`]),
];

/** Single items with all below them, as JSON or XML, and single resources. */
export const itemRoutes: readonly Route[] = [
  ...itemPatterns.map((pattern): Route => ({ method: 'GET', pattern, handler: readItem })),
  ...itemPatterns.map(
    (pattern): Route => ({ method: 'GET', pattern: `${pattern}/resources/:resource`, handler: readResource }),
  ),
  ...sessions.map((session): Route => ({ method: 'GET', pattern: `${session}/status`, handler: () => text('active') })),
];

function readItem(call: Call): SimReply {
  const located = locate(call, 'read');
  const tree = itemTree({ world: call.sim.world, clock: call.sim.clock }, located.item);
  const fault = call.acting.get('unknown-xsi-type');
  const root = fault === undefined ? tree : { ...tree, meta: { ...tree.meta, 'xsi:type': fault.xsiType } };
  if (formatOf(call.request.query, call.request.headers['accept'], 'xml') !== 'json')
    return text(renderItemXml(root), 200, 'text/xml');
  const history = call.request.query.get('isHistory') === 'true' ? [] : [root];
  return {
    ...json({ items: history }),
    headers: { 'content-type': 'application/json;charset=UTF-8', 'x-xsi-type': typeOf(located.item) },
  };
}

function readResource(call: Call): SimReply {
  const located = locate(call, 'read');
  const tree = resourceNode(findResource(located, param(call, 'resource')));
  if (formatOf(call.request.query, call.request.headers['accept'], 'xml') === 'json') return json({ items: [tree] });
  const files = escapeCatalog(String(tree.data_fields['label'] ?? ''));
  return text(
    `<cat:Catalog xmlns:cat="http://nrg.wustl.edu/catalog" ID="${files}"><cat:entries/></cat:Catalog>`,
    200,
    'text/xml',
  );
}

function escapeCatalog(label: string): string {
  return label.replace(/[<>&"]/g, '_');
}
