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
      datasets { score node { slug title description } evidence { text source start end score } } } }`,
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
    ['Which datasets have zebrafish videos?', 'zebrafish'],
    ['lung ultrasound videos of horses', 'horses'],
    ['dog CT scans', 'dog'],
    ['mammography for breast cancer', ''],
    ['What is the weather in Linz tomorrow?', ''],
    ['   ', ''],
  ])('abstains from "%s" and says why', async (question, why) => {
    const { abstained, slugs, reason } = await ask(question);
    expect({ abstained, slugs }).toEqual({ abstained: true, slugs: [] });
    expect(reason).toContain(why);
    expect(reason.length).toBeGreaterThan(10);
  });

  it.each([
    ['Which datasets could help me predict survival in glioblastoma?', 'upenn-gbm'],
    ['I want to train a model to detect tumours of the pancreas in CT', 'cptac-pda'],
    ['open autism fMRI from multiple sites', 'abide'],
  ])('takes what somebody intends with data for no word that a record must hold: "%s"', async (question, slug) => {
    const { slugs, notKnown } = await ask(question);
    expect(slugs[0]).toBe(slug);
    expect(notKnown).toEqual([]);
  });

  it('gives a weaker answer where a word beside the topic is in no record, and names the word', async () => {
    const twins = await ask('autism MRI of identical twins');
    const plain = await ask('autism MRI');
    expect(twins.slugs).toEqual(['abide']);
    expect(twins.datasets[0].score).toBeLessThan(plain.datasets[0].score / 2);
    expect(twins.notKnown).toEqual([expect.stringContaining('"identical"'), expect.stringContaining('"twins"')]);
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
