import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Names of fields that a query asks of the things below one of its fields; `cursor` among them where it asks for positions. */
export type AskedFields = ReadonlySet<string>;

type Place = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** The same field of the same document has the same list of nodes, so that each is looked at once. */
const askedOf = new WeakMap<readonly FieldNode[], AskedFields>();

/**
 * What is asked of the items of a connection, through `nodes` and through `edges`: by this, a reader leaves out what nobody will
 * look at. Type conditions and @include are taken as met, so it is never too little.
 */
export function askedOfItems(info: Place): AskedFields {
  const known = askedOf.get(info.fieldNodes);
  if (known !== undefined) return known;
  const asked = new Set<string>();
  const lists = info.fieldNodes.flatMap((node) => fieldsBelow(node.selectionSet, info.fragments));
  for (const list of lists) {
    const below = fieldsBelow(list.selectionSet, info.fragments);
    if (list.name.value === 'nodes') for (const field of below) asked.add(field.name.value);
    if (list.name.value === 'pageInfo') asked.add('cursor');
    if (list.name.value === 'edges') {
      if (below.some((field) => field.name.value === 'cursor')) asked.add('cursor');
      const nodes = below.filter((field) => field.name.value === 'node');
      for (const field of nodes.flatMap((node) => fieldsBelow(node.selectionSet, info.fragments)))
        asked.add(field.name.value);
    }
  }
  askedOf.set(info.fieldNodes, asked);
  return asked;
}

function fieldsBelow(set: SelectionSetNode | undefined, fragments: GraphQLResolveInfo['fragments']): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsBelow(selection.selectionSet, fragments);
    return fieldsBelow(fragments[selection.name.value]?.selectionSet, fragments);
  });
}
