import {
  type CatalogReader,
  type CountStatement,
  type Dataset,
  type DatasetWhere,
  headlineSubjects,
} from '../catalog/index.ts';
import type { SearchParts } from './find-datasets.ts';
import { type Constraint, narrowOf, wheresOf } from './read-constraints.ts';

/** Records named in one sentence. */
const mostNamed = 3;

/** What is asked of an answer, and who asks. */
export interface Asked {
  readonly where: DatasetWhere;
  readonly constraints: readonly Constraint[];
}

/** Ids of the datasets that pass, whatever their rank. */
export async function passingAll({ where, constraints }: Asked, parts: SearchParts): Promise<readonly string[]> {
  const { index, reader, scope, signal } = parts;
  const tests: DatasetWhere = { and: [where, ...wheresOf(constraints)] };
  const narrow = narrowOf(constraints);
  if (narrow.kind === 'all' && narrow.of.length === 0) return await reader.matchingIds(tests, scope);
  const { ranked } = await index.rank({ text: '', topic: '', narrow, conditions: [], names: [] }, scope, signal);
  return await reader.matchingIds(
    tests,
    scope,
    ranked.map(({ id }) => id),
  );
}

/** Datasets that pass all but the number of people, because their records do not say it. */
export async function uncounted(asked: Asked, parts: SearchParts): Promise<readonly Dataset[]> {
  const counted = asked.constraints.filter(({ field }) => field === 'subjectCount');
  if (counted.length === 0) return [];
  const others = asked.constraints.filter((constraint) => !counted.includes(constraint));
  const candidates = await passingAll({ ...asked, constraints: others }, parts);
  const known = new Set(await parts.reader.matchingIds({ subjectCount: { gte: 0 } }, parts.scope, candidates));
  return await parts.reader.datasetsByIds(
    candidates.filter((id) => !known.has(id)),
    parts.scope,
  );
}

/** Why nothing answers: the thing that no record has, or that no record has all of it together. */
export async function whyNothing(asked: Asked, parts: SearchParts): Promise<string> {
  const { constraints } = asked;
  for (const constraint of constraints) {
    if ((await passingAll({ ...asked, constraints: [constraint] }, parts)).length > 0) continue;
    return `No dataset here passes "${constraint.words}" (${constraint.field}: ${constraint.test}).`;
  }
  const all = constraints.map(({ words }) => `"${words}"`).join(', ');
  const near = await missesByNumber(asked, parts);
  return `No dataset here has all of it together: ${all}.${near}`;
}

/** Records that have everything but the number, with the number they have. */
async function missesByNumber(asked: Asked, parts: SearchParts): Promise<string> {
  const others = asked.constraints.filter(({ field }) => field !== 'subjectCount');
  if (others.length === asked.constraints.length || others.length === 0) return '';
  const ids = (await passingAll({ ...asked, constraints: others }, parts)).slice(0, mostNamed);
  const datasets = await parts.reader.datasetsByIds(ids, parts.scope);
  const counts = await parts.reader.parts('counts', ids);
  const told = datasets.map(
    (dataset) => `${dataset.acronym ?? dataset.title} ${saysOf(dataset, counts.get(dataset.id) ?? [])}`,
  );
  return told.length === 0 ? '' : ` ${told.join('; ')}.`;
}

/** What a record says of its number of people. */
export function saysOf(dataset: Dataset, counts: readonly CountStatement[]): string {
  const count = headlineSubjects(dataset, counts);
  return count.__typename === 'ExactCount' && count.source !== undefined
    ? `says ${count.value.toLocaleString('en')} subjects`
    : 'does not say how many subjects';
}

/** Names that no record in sight holds. */
export async function unheldNames(
  names: readonly string[],
  holds: (name: string) => DatasetWhere,
  { reader, scope }: { readonly reader: CatalogReader } & Pick<SearchParts, 'scope'>,
): Promise<readonly string[]> {
  const held = await Promise.all(
    names.slice(0, 5).map(async (name) => (await reader.matchingIds(holds(name), scope)).length > 0),
  );
  return names.slice(0, 5).filter((_, at) => held[at] === false);
}
