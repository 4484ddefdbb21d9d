import { existsSync, readFileSync } from 'node:fs';
import { readMiningResources } from '../../src/literature/adapters/mining-files.ts';
import {
  clusterMentions,
  createMiner,
  type Gazetteer,
  type MentionCluster,
  type MinedPaper,
  type MiningResources,
} from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { type Counts, interval, recall } from './bootstrap.ts';
import { measureIdentifiers } from './measure-identifiers.ts';
import { measureNames } from './measure-names.ts';
import { measureCohorts, measureUse } from './measure-papers.ts';
import { readTrainingTexts, type TrainingTexts } from './train-models.ts';

/** Finding datasets in papers: names, identifiers, roles, cohort sizes, candidates, speed. */
export function measureDiscovery(): Figure[] {
  const data = new URL('../../../shared/data/', import.meta.url).pathname;
  if (!existsSync(data))
    return [{ name: 'discovery', skipped: 'the collections are not on this machine (../shared/data)' }];
  const resources = readMiningResources(new URL('../../data/', import.meta.url));
  const texts = readTrainingTexts(`${data}neuro-litmining`);
  return [
    ...measureUse(texts),
    ...measureNew(texts, resources),
    ...measureNames(`${data}dataset-ner`, resources, texts.gazetteer),
    ...measureIdentifiers(data, resources, texts.gazetteer),
    ...measureCohorts(texts, resources),
    ...measureCandidates(texts, resources),
    ...measureSpeed(texts, resources),
  ];
}

/** Keys of the datasets that the annotators of `tracking_open_datasets` had labels for: all other datasets were "new" to them. */
const labelledKeys = new Set(
  'abcd aomic baby-connectome bold5000 cam-can gsp hcp ibc msc myconnectome narratives nsd neuromod oasis slim studyforrest uk-biobank'.split(
    ' ',
  ),
);
/** From here on an unknown name is proposed as a dataset. */
const proposedFrom = 0.65;

/** Spans marked "new dataset", with a gazetteer that knows only what the annotators knew. */
function measureNew({ tracked, gazetteer }: TrainingTexts, resources: MiningResources): Figure[] {
  const miner = createMiner(resources, { entries: gazetteer.entries.filter(({ key }) => labelledKeys.has(key)) });
  const judgements = new Map(
    readFileSync(new URL('proposal-judgements.tsv', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line): [string, boolean] => [line.split('\t')[0] ?? '', line.split('\t')[1] === 'dataset']),
  );
  const units: Counts[] = [];
  let [proposals, wrong, unjudged] = [0, 0, 0];
  for (const { document, labels } of tracked) {
    const gold = labels
      .filter(({ name }) => name === 'new dataset')
      .map(({ start, end }) => ({
        start: document.toArticle(start) ?? 0,
        end: (document.toArticle(end - 1) ?? 0) + 1,
      }));
    if (gold.length === 0) continue;
    const { datasets, mentions } = miner.mine(document.article);
    const proposed = datasets.filter(({ confidence }) => confidence >= proposedFrom);
    const keys = new Set(proposed.map(({ key }) => key));
    const hit = gold.filter((span) =>
      mentions.some(({ start, end, dataset }) => keys.has(dataset) && start < span.end && span.start < end),
    );
    units.push({ gold: gold.length, found: 0, rightGold: hit.length, rightFound: 0 });
    for (const { entry, key, name } of proposed) {
      if (entry !== undefined || !key.startsWith('name:')) continue;
      proposals += 1;
      const judgement = judgements.get(name);
      if (judgement === undefined) {
        unjudged += 1;
        process.stderr.write(`not judged yet, counted as wrong: ${name}\n`);
      }
      if (judgement !== true) wrong += 1;
    }
  }
  return [
    judged(
      {
        name: 'new datasets, recall',
        value: round(recall(units), 3),
        unit: `share of 24 marked spans (95 % ${interval(units, recall)})`,
        rival: 'cue rule of the first figures',
        rivalValue: 0.59,
      },
      { atLeast: 0.65 },
    ),
    judged(
      {
        name: 'new datasets, wrong proposals',
        value: round(wrong / Math.max(1, proposals), 3),
        unit: `share of ${proposals} names (${unjudged} not judged)`,
      },
      { atMost: 0.333 },
    ),
  ];
}

/** Well-known datasets that the catalog is made to forget, and how their candidates must be recognised. */
const forgotten: Readonly<Record<string, RegExp>> = {
  hcp: /^(wu-minn )?human connectome project$/i,
  'uk-biobank': /^uk biobank$/i,
  abcd: /^adolescent brain (and )?cognitive development/i,
  'cam-can': /cambridge cent(er|re) (for|of) ag(e)?ing (and|&) neuroscience/i,
  gsp: /genomics? superstruct project/i,
  abide: /^autism brain imaging data exchange/i,
  adni: /^alzheimer.?s disease neuroimaging initiative/i,
};

function measureCandidates({ documents, gazetteer }: TrainingTexts, resources: MiningResources): Figure[] {
  const known: Gazetteer = {
    entries: gazetteer.entries.filter(({ key }) => !(key in forgotten) && key !== 'hcp-lifespan'),
  };
  const miner = createMiner(resources, known);
  const papers = documents.map(({ article }, at): MinedPaper => ({ article: String(at), mined: miner.mine(article) }));
  const texts = documents.map(({ article }) =>
    Array.from([article.title, article.abstract ?? '', ...article.sections.map(({ text }) => text)].join('\n\n')),
  );
  const candidates = clusterMentions(papers)
    .filter(({ entry }) => entry === undefined)
    .slice(0, 20);
  const mined = new Map(papers.map(({ article, mined: own }) => [article, own]));
  const isTrue = (cluster: MentionCluster): boolean =>
    cluster.members.every(({ article, dataset }) =>
      dataset.mentions.every((at) => {
        const mention = mined.get(article)?.mentions[at];
        return (
          mention !== undefined && texts[Number(article)]?.slice(mention.start, mention.end).join('') === mention.text
        );
      }),
    );
  const magnetic = /MR|T1W|T2W|DWI|DTI|ASL|BOLD/;
  const found = Object.entries(forgotten).map(([key, name]) => {
    const rank = candidates.findIndex(
      (cluster) =>
        name.test(cluster.name) &&
        isTrue(cluster) &&
        magnetic.test(cluster.attributes.find(({ field }) => field === 'modality')?.value ?? ''),
    );
    return rank < 0 ? `${key} not` : `${key} ${rank + 1}`;
  });
  const hits = found.filter((place) => !place.endsWith(' not')).length;
  return [
    judged(
      {
        name: 'forgotten datasets among the first 20 candidates',
        value: hits,
        unit: `of 7, by name, modality and verbatim spans (${found.join(', ')})`,
      },
      { atLeast: 6 },
    ),
  ];
}

/** Rules alone, one core, by its own clock: what other processes do does not count. */
function measureSpeed({ documents, gazetteer }: TrainingTexts, resources: MiningResources): Figure[] {
  const rules = createMiner({ ...resources, names: undefined }, gazetteer);
  const whole = createMiner(resources, gazetteer);
  const full = documents.map(({ article }) => article).filter(({ sections }) => sections.length > 0);
  const abstracts = documents
    .map(({ article }) => ({ ...article, sections: [] }))
    .filter(({ abstract }) => (abstract ?? '').length < 4000);
  const rate = (miner: typeof rules, articles: typeof full): number => {
    const before = process.cpuUsage().user;
    for (const article of articles) miner.mine(article);
    return round(articles.length / ((process.cpuUsage().user - before) / 1e6), 0);
  };
  rate(rules, full.slice(0, 50));
  return [
    judged({ name: 'full texts, rules alone', value: rate(rules, full), unit: 'per second and core' }, { atLeast: 60 }),
    { name: 'abstracts, rules alone', value: rate(rules, abstracts), unit: 'per second and core' },
    { name: 'full texts, with the tagger', value: rate(whole, full), unit: 'per second and core' },
  ];
}
