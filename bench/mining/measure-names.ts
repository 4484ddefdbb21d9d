import {
  createMiner,
  type Gazetteer,
  type Mention,
  type MinedArticle,
  type MiningResources,
  type Span,
} from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import type { Counts } from './bootstrap.ts';
import { f1, interval, precisionRecall } from './bootstrap.ts';
import { readNamedSentences } from './dataset-ner.ts';

/** Names that people set: overlap counts a find that shares a character, exact one that shares both borders. */
export function measureNames(folder: string, resources: MiningResources, gazetteer: Gazetteer): Figure[] {
  const sentences = readNamedSentences(folder, 'Test');
  const systems = {
    miner: createMiner(resources, gazetteer),
    rules: createMiner({ ...resources, names: undefined }, gazetteer),
  };
  const [overlap, exact, overlapRules, exactRules] = (['miner', 'rules'] as const)
    .map((name) => {
      const found = sentences.map(({ text }) =>
        namesIn(
          systems[name].mine({ title: '', abstract: text, sections: [], dataBanks: [], mesh: [], year: undefined }),
          2,
        ),
      );
      return [
        sentences.map(({ names }, at) => counted(names, found[at] ?? [], (a, b) => a.start < b.end && b.start < a.end)),
        sentences.map(({ names }, at) =>
          counted(names, found[at] ?? [], (a, b) => a.start === b.start && a.end === b.end),
        ),
      ];
    })
    .flat();
  const figure = (
    name: string,
    own: readonly Counts[] = [],
    rival: readonly Counts[] = [],
    atLeast: number,
  ): Figure => ({
    ...judged(
      {
        name,
        value: round(f1(own), 3),
        unit: `F1 (${precisionRecall(own)}; 95 % ${interval(own)})`,
        rival: 'rules without the tagger',
        rivalValue: round(f1(rival), 3),
      },
      { atLeast },
    ),
  });
  return [
    figure('dataset-ner test, overlap', overlap, overlapRules, 0.83),
    figure('dataset-ner test, exact', exact, exactRules, 0.63),
  ];
}

/** NAME mentions with offsets of the abstract alone, in UTF-16 units: these sentences hold no pairs of surrogates. */
function namesIn(mined: MinedArticle, offset: number): Span[] {
  return mined.mentions
    .filter(({ kind }: Mention) => kind === 'NAME')
    .map(({ start, end }) => ({ start: start - offset, end: end - offset }));
}

function counted(
  gold: readonly (readonly [number, number])[],
  found: readonly Span[],
  same: (a: Span, b: Span) => boolean,
): Counts {
  const spans = gold.map(([start, end]) => ({ start, end }));
  return {
    gold: spans.length,
    found: found.length,
    rightGold: spans.filter((span) => found.some((own) => same(own, span))).length,
    rightFound: found.filter((own) => spans.some((span) => same(own, span))).length,
  };
}
