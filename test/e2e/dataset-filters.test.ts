import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
/** Every dataset with all that filters look at. */
let all: readonly any[] = [];
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  const { data } = await catalog.ask(`{ datasets(first: 1000) { nodes {
    slug title acronym alternativeTitles description status accessClass keywords year species simulated
    license { spdxId iri label } distributions { license { spdxId iri label } } identifiers { value iri } publisher { name }
    conditions { label } bodyParts { label } modalities { code } subjectCount { ... on ExactCount { value } } } } }`);
  all = data.datasets.nodes;
});
afterAll(async () => {
  await catalog.close();
});

async function answer(where: unknown): Promise<Answer> {
  return await catalog.ask(
    `query ($where: DatasetWhere) { datasets(where: $where, first: 1000) { nodes { slug } totalCount { ... on ExactCount { value } } } }`,
    { where },
  );
}

/** Slugs of the datasets that pass; the total must agree. */
async function slugs(where: unknown): Promise<string[]> {
  const { data, errors } = await answer(where);
  expect(errors).toBeUndefined();
  const found: string[] = data.datasets.nodes.map((node: any) => node.slug);
  expect(data.datasets.totalCount.value).toBe(found.length);
  return found.sort();
}

function slugsWhere(test: (dataset: any) => boolean): string[] {
  return all
    .filter(test)
    .map((dataset) => dataset.slug)
    .sort();
}

const everySlug = (): string[] => slugsWhere(() => true);
const has = (text: string | null | undefined, part: string): boolean =>
  (text ?? '').toLowerCase().includes(part.toLowerCase());
const licensesOf = (dataset: any): any[] =>
  [dataset.license, ...dataset.distributions.map((part: any) => part.license)].filter((license) => license !== null);

/** Each a filter, and the same test written over the answers. */
const cases: readonly (readonly [where: any, test: (dataset: any) => boolean])[] = [
  [{ slug: { eq: 'abide' } }, (d) => d.slug === 'abide'],
  [{ slug: { in: ['abide', 'adni', 'nowhere'] } }, (d) => ['abide', 'adni'].includes(d.slug)],
  [{ slug: { contains: 'CPTAC' } }, (d) => has(d.slug, 'cptac')],
  [{ slug: { eq: 'ABIDE' } }, () => false],
  [{ title: { contains: 'brain' } }, (d) => [d.title, d.acronym, ...d.alternativeTitles].some((t) => has(t, 'brain'))],
  [{ title: { eq: 'ADNI' } }, (d) => [d.title, d.acronym, ...d.alternativeTitles].includes('ADNI')],
  [{ description: { contains: 'TUMOUR' } }, (d) => has(d.description, 'tumour')],
  [{ description: { contains: '100%_' } }, (d) => has(d.description, '100%_')],
  [{ status: { eq: 'PUBLISHED' } }, (d) => d.status === 'PUBLISHED'],
  [{ status: { in: ['DRAFT', 'IN_REVIEW'] } }, () => false],
  [{ accessClass: { eq: 'RESTRICTED' } }, (d) => d.accessClass === 'RESTRICTED'],
  [{ accessClass: { in: ['OPEN', 'OPEN_NON_COMMERCIAL'] } }, (d) => d.accessClass !== 'RESTRICTED'],
  [{ license: { eq: 'CC-BY-4.0' } }, (d) => licensesOf(d).some((l) => l.spdxId === 'CC-BY-4.0')],
  [
    { license: { contains: 'noncommercial' } },
    (d) =>
      licensesOf(d).some(
        (l) => has(l.label, 'noncommercial') || has(l.iri, 'noncommercial') || has(l.spdxId, 'noncommercial'),
      ),
  ],
  [{ condition: { anyOf: ['GBM'] } }, (d) => d.conditions.some((c: any) => c.label === 'Glioblastoma')],
  [{ modality: { anyOf: ['CT'], includeNarrower: false } }, (d) => d.modalities.some((m: any) => m.code === 'CT')],
  [
    { modality: { allOf: ['CT', 'MR'], includeNarrower: false } },
    (d) => ['CT', 'MR'].every((code) => d.modalities.some((m: any) => m.code === code)),
  ],
  [{ keyword: { eq: 'radiology' } }, (d) => d.keywords.includes('radiology')],
  [{ keyword: { contains: 'MR' } }, (d) => d.keywords.some((k: string) => has(k, 'mr'))],
  [{ subjectCount: { gte: 500 } }, (d) => d.subjectCount.value >= 500],
  [{ subjectCount: { gte: 100, lte: 700 } }, (d) => d.subjectCount.value >= 100 && d.subjectCount.value <= 700],
  [{ subjectCount: { eq: 630 } }, (d) => d.subjectCount.value === 630],
  [{ year: { gte: 2018 } }, (d) => d.year >= 2018],
  [{ year: { lte: 2018 } }, (d) => d.year !== null && d.year <= 2018],
  [{ not: { year: { gte: 2018 } } }, (d) => !(d.year >= 2018)],
  [{ hasVariable: { eq: 'age' } }, () => false],
  [{ source: { eq: 'nobody' } }, () => false],
  [{ source: { eq: 'mia-catalog' } }, () => true],
  [
    { identifier: { contains: '10.7937/' } },
    (d) => d.identifiers.some((i: any) => has(i.value, '10.7937/') || has(i.iri, '10.7937/')),
  ],
  [{ publisher: { contains: 'cancer' } }, (d) => has(d.publisher?.name, 'cancer')],
  [{ species: { eq: 'Homo sapiens' } }, (d) => d.species === 'Homo sapiens'],
  [{ simulated: true }, (d) => d.simulated],
  [{ simulated: false }, (d) => !d.simulated],
];

describe('datasets(where)', () => {
  it.each(cases.map(([where, test]) => ({ where, test, name: JSON.stringify(where) })))(
    'finds what passes $name',
    async ({ where, test }) => {
      expect(await slugs(where)).toEqual(slugsWhere(test));
    },
  );

  it('joins with and, or and not what each part finds alone', async () => {
    const [open, mr, big] = [
      { accessClass: { eq: 'OPEN' } },
      { modality: { anyOf: ['MR'] } },
      { subjectCount: { gte: 500 } },
    ];
    const [opens, mrs, bigs] = [await slugs(open), await slugs(mr), await slugs(big)];
    expect(await slugs({ and: [open, mr] })).toEqual(opens.filter((slug) => mrs.includes(slug)));
    expect(await slugs({ or: [open, mr] })).toEqual(
      everySlug().filter((slug) => opens.includes(slug) || mrs.includes(slug)),
    );
    expect(await slugs({ not: open })).toEqual(everySlug().filter((slug) => !opens.includes(slug)));
    expect(await slugs({ ...open, not: { or: [mr, { and: [big, { not: open }] }] } })).toEqual(
      opens.filter((slug) => !mrs.includes(slug) && !(bigs.includes(slug) && !opens.includes(slug))),
    );
  });

  it('takes an empty and for everything, an empty or for nothing', async () => {
    expect(await slugs({ and: [] })).toEqual(everySlug());
    expect(await slugs({ or: [] })).toEqual([]);
    expect(await slugs({ not: { or: [] } })).toEqual(everySlug());
    expect(await slugs({ not: {} })).toEqual([]);
  });

  it('takes an empty list of values for nothing', async () => {
    for (const where of [
      { slug: { in: [] } },
      { keyword: { in: [] } },
      { status: { in: [] } },
      { accessClass: { in: [] } },
      { modality: { anyOf: [] } },
      { condition: { anyOf: [] } },
    ]) {
      expect(await slugs(where), JSON.stringify(where)).toEqual([]);
    }
  });

  it.each(
    [
      'slug title description status accessClass license condition bodyPart modality keyword subjectCount year hasVariable source identifier publisher species simulated and or not',
    ].flatMap((names) => names.split(' ')),
  )('takes %s: null as not given', async (name) => {
    expect(await slugs({ [name]: null })).toEqual(everySlug());
  });

  it.each([
    [
      'text',
      'slug title description license keyword hasVariable source identifier publisher species',
      { eq: null, in: null, contains: null },
    ],
    ['choice', 'status accessClass', { eq: null, in: null }],
    ['term', 'condition bodyPart modality', { anyOf: null, allOf: null }],
    ['number', 'subjectCount year', { eq: null, gte: null, lte: null }],
  ])('takes a %s test in which nothing is given for everything', async (_kind, names, nothing) => {
    for (const name of names.split(' ')) {
      expect(await slugs({ [name]: {} }), name).toEqual(everySlug());
      expect(await slugs({ [name]: nothing }), name).toEqual(everySlug());
    }
  });

  it('counts a narrower concept or modality as its broader one unless told not to', async () => {
    for (const [field, broad] of [
      ['condition', 'Brain Neoplasms'],
      ['modality', 'MR'],
    ] as const) {
      const wide = await slugs({ [field]: { anyOf: [broad] } });
      const narrow = await slugs({ [field]: { anyOf: [broad], includeNarrower: false } });
      expect(wide.length, field).toBeGreaterThan(0);
      expect(wide).toEqual(expect.arrayContaining(narrow));
      expect(await slugs({ [field]: { anyOf: [broad], includeNarrower: true } })).toEqual(wide);
    }
    expect(await slugs({ condition: { anyOf: ['Brain Neoplasms'] } })).toContain('upenn-gbm');
    expect(await slugs({ condition: { anyOf: ['Brain Neoplasms'], includeNarrower: false } })).not.toContain(
      'upenn-gbm',
    );
  });

  it('knows a concept by IRI, code, label or synonym, whatever the case', async () => {
    const byLabel = await slugs({ condition: { anyOf: ['Autism Spectrum Disorder'] } });
    expect(byLabel).toContain('abide');
    for (const name of ['asd', 'MESH:D000067877', 'http://id.nlm.nih.gov/mesh/D000067877', 'AUTISM'])
      expect(await slugs({ condition: { anyOf: [name] } }), name).toEqual(byLabel);
  });

  it('finds nothing for a concept nobody knows', async () => {
    expect(await slugs({ condition: { anyOf: ['Grumpiness'] } })).toEqual([]);
  });

  it('refuses a modality that does not exist, and says which do', async () => {
    const { errors } = await answer({ modality: { anyOf: ['MRT2'] } });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.extensions.details?.['known']).toContain('MR');
  });

  it.each([{ colour: { eq: 'red' } }, { slug: { like: '%' } }, { slug: 'abide' }, { year: { eq: 'soon' } }])(
    'refuses %j by its type',
    async (where) => {
      const { status, errors } = await answer(where);
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    },
  );

  it('takes text that no database stores for text that matches nothing', async () => {
    expect(await slugs({ slug: { eq: '\0' } })).toEqual([]);
    expect(await slugs({ title: { contains: 'a\0' } })).toEqual([]);
    expect(await slugs({ title: { contains: "'; DROP TABLE dataset; --" } })).toEqual([]);
  });
});
