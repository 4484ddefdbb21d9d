import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  await catalog.app.search.rebuild();
  await catalog.app.search.warm();
});
afterAll(async () => await catalog.close());

async function ask(question: string): Promise<any> {
  const { data, errors } = await catalog.ask(
    `query ($question: String!) { ask(question: $question) { abstained reason notKnown checks { words field test }
      datasets { node { slug title description } evidence { text source start end score } } } }`,
    { question },
  );
  expect(errors).toBeUndefined();
  return { ...data.ask, slugs: data.ask.datasets.map(({ node }: any) => node.slug) };
}

describe('ask', () => {
  it('answers with sentences that stand word for word in the record', async () => {
    const { slugs, datasets, abstained, reason } = await ask('Which datasets have lung ultrasound videos of COVID-19?');
    expect({ slugs, abstained, reason }).toEqual({ slugs: ['covid-blues'], abstained: false, reason: null });
    const [{ node, evidence }] = datasets;
    expect(evidence.length).toBeGreaterThan(0);
    for (const { text, source, start, end } of evidence) {
      const field = source === 'TITLE' ? node.title : node.description;
      expect(Array.from<string>(field).slice(start, end).join('')).toBe(text);
    }
  });

  it.each([
    ['COVID-19 lung ultrasound with more than 500 subjects', '63'],
    ['COVID-19 lung ultrasound with more than 500 videos', '500 videos'],
    ['glioblastoma MRI of 10,000 patients', '10,000 patients'],
    ['autism MRI for commercial use', 'commercial use'],
    ['ultrasound of the thyroid', 'thyroid'],
    ['What does the Zorblax-7 cohort contain?', 'Zorblax-7'],
    ['mammography for breast cancer', ''],
    ['What is the weather in Linz tomorrow?', ''],
    ['   ', ''],
  ])('abstains from "%s" and says why', async (question, why) => {
    const { abstained, slugs, reason } = await ask(question);
    expect({ abstained, slugs }).toEqual({ abstained: true, slugs: [] });
    expect(reason).toContain(why);
    expect(reason.length).toBeGreaterThan(10);
  });

  it('says what a record does not tell instead of assuming it', async () => {
    const { abstained, notKnown } = await ask('metal artifact CT data with over 100 subjects');
    expect(abstained).toBe(true);
    expect(notKnown).toEqual([expect.stringContaining('CT-MAR does not say how many subjects')]);
  });

  it('holds a number against every count of the record that it is of', async () => {
    expect((await ask('glioblastoma MRI of 630 patients')).slugs).toEqual(['upenn-gbm']);
    expect((await ask('COVID-19 lung ultrasound with more than 300 videos')).slugs).toEqual(['covid-blues']);
  });
});
