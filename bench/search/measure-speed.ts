import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { percentile } from '../retrieval/ranking-measures.ts';

const query = `query($text: String!, $facets: [FacetInput!]) { searchDatasets(text: $text, facets: $facets, literal: false) {
  edges { score node { slug title accessClass } evidence { text source } } totalCount { ... on ExactCount { value } }
  facets { buckets { key count } missing } meta { engine model degraded } } }`;
const facets = [{ field: 'ACCESS_CLASS' }, { field: 'MODALITY' }, { field: 'CONDITION' }];

/** Milliseconds that a request took. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Asks a server over HTTP. @throws Error when it answers anything but data */
export async function askServer(
  url: string,
  body: { readonly query: string; readonly variables?: object },
  token?: string,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
  if (answer.data === undefined || answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Latency of searches through the API, by so many callers at a time, each asking the next question when the last is answered. */
export async function latencyFigures(parts: {
  readonly name: string;
  readonly url: string;
  readonly questions: readonly string[];
  readonly withFacets: boolean;
  readonly callers: number;
  readonly rounds: number;
  readonly goalMs: number;
}): Promise<readonly Figure[]> {
  const { name, url, questions, withFacets, callers, rounds, goalMs } = parts;
  const variables = (text: string): object => ({ text, ...(withFacets && { facets }) });
  const times: number[] = [];
  let turn = 0;
  const call = async (): Promise<void> => {
    while (turn < rounds) {
      const text = questions[turn % questions.length] ?? '';
      turn += 1;
      times.push(await timeOf(() => askServer(url, { query, variables: variables(text) })));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const at = (share: number): number => round(percentile(times, share), 1);
  return [
    { name: `${name}, ${callers} callers, p50`, value: at(0.5), unit: 'ms' },
    judged({ name: `${name}, ${callers} callers, p95`, value: at(0.95), unit: 'ms' }, { atMost: goalMs }),
  ];
}

/** How long after its write a record is found: published through the API, looked for until it is there. */
export async function writeToSearchable(url: string, token: string, name: string, rounds: number): Promise<Figure> {
  const times: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    const word = `zyx${Date.now().toString(36)}${turn}`;
    const created = await askServer(
      url,
      {
        query: `mutation($input: CreateDatasetInput!) { createDataset(input: $input) { dataset { id version } } }`,
        variables: {
          input: { slug: word, title: `Dataset ${word}`, description: 'Written to be found.', accessClass: 'OPEN' },
        },
      },
      token,
    );
    const { id, version } = (created as { createDataset: { dataset: { id: string; version: number } } }).createDataset
      .dataset;
    await askServer(
      url,
      {
        query: 'mutation($input: PublishDatasetInput!) { publishDataset(input: $input) { dataset { version } } }',
        variables: { input: { id, expectedVersion: version } },
      },
      token,
    );
    const started = performance.now();
    // By a word of its title alone: the slug would be found by the database at once.
    const text = `written dataset ${word} found`;
    while (!JSON.stringify(await askServer(url, { query, variables: { text } })).includes(word))
      await new Promise((resolve) => setTimeout(resolve, 20));
    times.push(performance.now() - started);
  }
  return judged(
    { name: `${name}, write to searchable, p95 of ${rounds}`, value: round(percentile(times, 0.95), 0), unit: 'ms' },
    { atMost: 2_000 },
  );
}
