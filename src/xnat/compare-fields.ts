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
    else if (!sameValue(path, ours, theirs)) different.push({ path, ours, theirs });
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

/** Columns of the schema that hold numbers: `52` comes back as `52.0`. In all others, custom variables too, `007` is not `7`. */
const numeric =
  /(?:^|\/)(?:age|yob|ses|education|weight|height|birth_weight|gestational_age|post_menstrual_age|frames)$/;
/** Columns that hold days, which some versions write as instants. */
const dated = /(?:^|\/)(?:date|dob|start_date)$/;

function sameValue(path: string, ours: string, theirs: string): boolean {
  const [left, right] = [ours.trim(), theirs.trim()];
  if (left === right) return true;
  // The schema takes `male`, `M` and `m` for one.
  if (/(?:^|\/)gender$/.test(path)) return left.charAt(0).toLowerCase() === right.charAt(0).toLowerCase();
  if (dated.test(path)) return right.replace(/[T ]00:00:00(?:\.0+)?$/, '') === left;
  return numeric.test(path) && left !== '' && right !== '' && Number(left) === Number(right);
}
