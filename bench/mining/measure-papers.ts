import type { MiningResources } from '../../src/literature/index.ts';
import { chooseCohort, countAttributes } from '../../src/literature/mining/choose-cohort.ts';
import { classify } from '../../src/literature/mining/classify.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { type Counts, f1, interval, precisionRecall, recall } from './bootstrap.ts';
import { cohortPapers } from './cohort-examples.ts';
import { plainMentions } from './plain-rules.ts';
import { type UsePair, usePairs } from './role-examples.ts';
import { silverOf, type TrainingTexts, trainCohort, trainRole } from './train-models.ts';

const folds = 10;

/** Whether a paper really uses a known dataset: trained on nine tenths of the papers, asked about the rest, ten times. */
export function measureUse(texts: TrainingTexts): Figure[] {
  const pairs = usePairs(texts.tracked, texts.gazetteer, texts.datasetLabels);
  const silver = silverOf(texts);
  const papers = [...new Set(texts.tracked.map(({ document }) => document.id))].sort();
  const used = new Set<UsePair>();
  for (let fold = 0; fold < folds; fold += 1) {
    const held = new Set(papers.filter((_, at) => at % folds === fold));
    const model = trainRole(
      pairs.filter(({ paper }) => !held.has(paper)),
      silver,
    );
    for (const pair of pairs) {
      if (!held.has(pair.paper) || pair.features === undefined) continue;
      const chances = classify(model, pair.features);
      if (model.labels[chances.indexOf(Math.max(...chances))] === 'USES') used.add(pair);
    }
  }
  const plain = plainMentions(texts, pairs);
  const units = (says: (pair: UsePair) => boolean): Counts[] =>
    papers.map((paper) =>
      countPairs(
        pairs.filter((pair) => pair.paper === paper),
        says,
      ),
    );
  const own = units((pair) => used.has(pair));
  const section = units((pair) => plain.bySection.has(pair));
  const any = units((pair) => plain.any.has(pair));
  const sectionOwn = units(({ bySection }) => bySection);
  const unit = `F1 over ${papers.length} papers (${precisionRecall(own)}; 95 % ${interval(own)}; folds by paper)`;
  const value = round(f1(own), 3);
  return [
    judged(
      {
        name: 'used datasets',
        value,
        unit,
        rival: 'section rule on plain mentions',
        rivalValue: round(f1(section), 3),
      },
      { atLeast: Math.max(0.78, round(f1(section) + 0.03, 3)) },
    ),
    {
      name: 'used datasets, beside any mention',
      value,
      unit,
      rival: 'any plain mention',
      rivalValue: round(f1(any), 3),
    },
    {
      name: 'used datasets, beside the section rule on the mentions of the miner',
      value,
      unit,
      rival: "section rule on the miner's mentions",
      rivalValue: round(f1(sectionOwn), 3),
    },
  ];
}

function countPairs(pairs: readonly UsePair[], says: (pair: UsePair) => boolean): Counts {
  const right = pairs.filter((pair) => pair.used && says(pair)).length;
  return {
    gold: pairs.filter(({ used }) => used).length,
    found: pairs.filter(says).length,
    rightGold: right,
    rightFound: right,
  };
}

/** The largest number of people that annotators marked: as the one number the miner chooses, and among those it proposes. */
export function measureCohorts(texts: TrainingTexts, _resources: MiningResources): Figure[] {
  const papers = cohortPapers(texts.demographics).sort((a, b) => (a.paper < b.paper ? -1 : 1));
  const chosen: Counts[] = [];
  const proposed: Counts[] = [];
  const largest: Counts[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const model = trainCohort(papers.filter((_, at) => at % folds !== fold));
    for (const { counts, largest: gold } of papers.filter((_, at) => at % folds === fold)) {
      const unit = (values: readonly number[]): Counts => {
        const hit = values.some((value) => gold.has(value)) ? 1 : 0;
        return { gold: 1, found: values.length, rightGold: hit, rightFound: hit };
      };
      const choice = chooseCohort(counts, model);
      chosen.push(unit(choice === undefined ? [] : [choice.value]));
      const values = countAttributes(counts, model).map(({ value }) => Number(value));
      proposed.push(unit([...new Set([...values, ...(choice === undefined ? [] : [choice.value])])]));
      largest.push(unit(counts.length === 0 ? [] : [Math.max(...counts.map(({ value }) => value))]));
    }
  }
  const rival = { rival: 'largest number of people in the text', rivalValue: round(recall(largest), 3) };
  const unitOf = (units: readonly Counts[]): string =>
    `share of ${papers.length} papers (95 % ${interval(units, recall)}; folds by paper; ${round(units.reduce((sum, { found }) => sum + found, 0) / papers.length, 2)} numbers a paper)`;
  return [
    judged(
      {
        name: 'cohort size, largest gold count found',
        value: round(recall(proposed), 3),
        unit: unitOf(proposed),
        ...rival,
      },
      { atLeast: 0.8 },
    ),
    { name: 'cohort size, the one number chosen', value: round(recall(chosen), 3), unit: unitOf(chosen), ...rival },
  ];
}
