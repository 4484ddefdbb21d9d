import { type Item, itemsAt } from './model.ts';
import { customVariables } from './read-item.ts';

/** Values of an item by path below its type: `date`, `demographics/age`, `fields/field[name=grade]/field`. */
export type ItemFields = Readonly<Record<string, string>>;

/** A value that the server holds differently. */
export interface FieldDifference {
  readonly path: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What of some wanted values a server does not hold, and what it holds differently. */
export interface FieldComparison {
  readonly absent: ItemFields;
  readonly different: readonly FieldDifference[];
}

/** Compares wanted values with held ones. @param held - the server's value at a path; undefined where it has none */
export function compareFields(wanted: ItemFields, held: (path: string) => string | undefined): FieldComparison {
  const absent: Record<string, string> = {};
  const different: FieldDifference[] = [];
  for (const [path, ours] of Object.entries(wanted)) {
    const theirs = held(path);
    if (theirs === undefined || theirs === '') absent[path] = ours;
    else if (!sameValue(ours, theirs)) different.push({ path, ours, theirs });
  }
  return { absent, different };
}

/** An item's value at a path; undefined where it has none. */
export function valueAt(item: Item, path: string): string | undefined {
  const flat = item.fields[path];
  if (flat !== undefined) return flat;
  const variable = variableOf(path);
  if (variable !== undefined) return customVariables(item).get(variable.toLowerCase());
  const cut = path.indexOf('/');
  const [child] = cut < 0 ? [] : itemsAt(item, path.slice(0, cut));
  return child === undefined ? undefined : valueAt(child, path.slice(cut + 1));
}

/** The path of a legacy custom variable; XNAT keeps its name in lower case. */
export function variablePath(name: string): string {
  return `fields/field[name=${name.toLowerCase()}]/field`;
}

function variableOf(path: string): string | undefined {
  return /^fields\/field\[name=([^\]]+)\]\/field$/.exec(path)?.[1];
}

/** XNAT writes a number in the way of its column (`52` comes back as `52.0`), and a day as an instant. */
function sameValue(ours: string, theirs: string): boolean {
  const [left, right] = [ours.trim(), theirs.trim()];
  if (left === right) return true;
  if (/^\d{4}-\d{2}-\d{2}$/.test(left)) return right.replace(/[T ]00:00:00(?:\.0+)?$/, '') === left;
  return isNumeral(left) && isNumeral(right) && Number(left) === Number(right);
}

const isNumeral = (text: string): boolean => /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
