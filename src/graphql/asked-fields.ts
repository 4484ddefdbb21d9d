import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Names of fields that a query asks of the things below one of its fields; `cursor` among them where it asks for positions. */
export type AskedFields = ReadonlySet<string>;

type Place = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** The same field of the same document has the same list of nodes, so that each is looked at once. */
const askedOfItemsOf = new WeakMap<readonly FieldNode[], AskedFields>();
const askedOfEachOf = new WeakMap<readonly FieldNode[], AskedFields>();

/**
 * What is asked of the items of a connection, through `nodes` and through `edges`: by this, a reader leaves out what nobody will
 * look at. Type conditions and @include are taken as met, so it is never too little.
 */
export function askedOfItems(info: Place): AskedFields {
  return remembered(askedOfItemsOf, info, () => {
    const asked = new Set<string>();
    for (const list of fieldsOf(info)) addItemFields(asked, list, info.fragments);
    return asked;
  });
}

/** What is asked of the things that a field gives, one or many. */
export function askedOfEach(info: Place): AskedFields {
  return remembered(askedOfEachOf, info, () => new Set(fieldsOf(info).map((field) => field.name.value)));
}

function addItemFields(asked: Set<string>, list: FieldNode, fragments: GraphQLResolveInfo['fragments']): void {
  const below = fieldsBelow(list.selectionSet, fragments);
  if (list.name.value === 'pageInfo') asked.add('cursor');
  if (list.name.value === 'nodes') for (const field of below) asked.add(field.name.value);
  if (list.name.value !== 'edges') return;
  for (const field of below) {
    if (field.name.value === 'cursor') asked.add('cursor');
    if (field.name.value === 'node')
      for (const own of fieldsBelow(field.selectionSet, fragments)) asked.add(own.name.value);
  }
}

function remembered(
  memory: WeakMap<readonly FieldNode[], AskedFields>,
  { fieldNodes }: Place,
  make: () => AskedFields,
): AskedFields {
  const known = memory.get(fieldNodes);
  if (known !== undefined) return known;
  const made = make();
  memory.set(fieldNodes, made);
  return made;
}

function fieldsOf({ fieldNodes, fragments }: Place): FieldNode[] {
  return fieldNodes.flatMap((node) => fieldsBelow(node.selectionSet, fragments));
}

function fieldsBelow(set: SelectionSetNode | undefined, fragments: GraphQLResolveInfo['fragments']): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsBelow(selection.selectionSet, fragments);
    return fieldsBelow(fragments[selection.name.value]?.selectionSet, fragments);
  });
}
