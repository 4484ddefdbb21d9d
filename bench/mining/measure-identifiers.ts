import { createMiner, type Gazetteer, type MiningResources } from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { type Counts, f1, interval, precision, precisionRecall, recall } from './bootstrap.ts';
import { readIdentifiedSentences } from './labelled-sentences.ts';

/** Accessions, DOIs and addresses of data in labelled sentences; each sentence alone, as if it were an article. */
export function measureIdentifiers(
  folder: string,
  resources: MiningResources,
  gazetteer: Gazetteer,
  show = false,
): Figure[] {
  const miner = createMiner({ ...resources, names: undefined }, gazetteer);
  const sentences = readIdentifiedSentences(folder);
  const naive: Counts[] = [];
  const units = sentences.map(({ text, identifiers }): Counts => {
    const found = miner
      .mine({ title: '', abstract: text, sections: [], dataBanks: [], mesh: [], year: undefined })
      .mentions.filter(({ kind }) => kind !== 'NAME')
      .map(({ start, end }) => ({ start: start - 2, end: end - 2 }));
    if (show) showDifference(text, identifiers, found);
    naive.push(
      overlapping(
        identifiers,
        [...text.matchAll(/https?:\/\/\S+|\b10\.\d{4,9}\/\S+|\b[A-Z]{2,}\d{4,}\b|\bds\d{6}\b/g)].map((match) => ({
          start: match.index,
          end: match.index + match[0].length,
        })),
      ),
    );
    return overlapping(identifiers, found);
  });
  const rival = 'any URL, DOI or capitals with digits';
  const base = {
    unit: `share (${sentences.length} sentences; ${precisionRecall(units)}; F1 95 % ${interval(units, f1)})`,
    rival,
  };
  return [
    judged(
      {
        name: 'identifiers, precision',
        value: round(precision(units), 3),
        rivalValue: round(precision(naive), 3),
        ...base,
      },
      { atLeast: 0.95 },
    ),
    judged(
      { name: 'identifiers, recall', value: round(recall(units), 3), rivalValue: round(recall(naive), 3), ...base },
      { atLeast: 0.95 },
    ),
  ];
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function overlapping(gold: readonly (readonly [number, number, string])[], found: readonly Place[]): Counts {
  const meet = (place: Place, [start, end]: readonly [number, number, string]): boolean =>
    place.start < end && start < place.end;
  return {
    gold: gold.length,
    found: found.length,
    rightGold: gold.filter((label) => found.some((place) => meet(place, label))).length,
    rightFound: found.filter((place) => gold.some((label) => meet(place, label))).length,
  };
}

function showDifference(
  text: string,
  gold: readonly (readonly [number, number, string])[],
  found: readonly Place[],
): void {
  const missed = gold.filter((label) => !found.some((place) => place.start < label[1] && label[0] < place.end));
  const wrong = found.filter((place) => !gold.some((label) => place.start < label[1] && label[0] < place.end));
  for (const [start, end] of missed)
    process.stderr.write(`missed ${text.slice(start, end)}   ${text.slice(Math.max(0, start - 80), end)}\n`);
  for (const { start, end } of wrong)
    process.stderr.write(`wrong ${text.slice(start, end)}   ${text.slice(Math.max(0, start - 80), end)}\n`);
}
