import { hardNouns } from './data-nouns.ts';
import type { NameModel } from './ports.ts';
import type { Token } from './tokenize.ts';

/** Marks of a token: first of a name, a further one of it, none. The order of `NameModel.weights`. */
export const marks = ['B', 'I', 'O'] as const;
const outside = 2;

/** How the letters of a word look: `MS-COCO` is `X-X`, `CIFAR10` is `Xd`, `ImageNet` is `XxXx`. */
export function shapeOf(word: string): string {
  let shape = '';
  for (const letter of word.slice(0, 24)) {
    const kind = /\p{Lu}/u.test(letter) ? 'X' : /\p{L}/u.test(letter) ? 'x' : /\p{N}/u.test(letter) ? 'd' : letter;
    if (!shape.endsWith(kind)) shape += kind;
  }
  return shape.slice(0, 6);
}

/** What a token looks like and stands beside; features of the whole sentence's tokens in one go. */
export function nameFeatures(tokens: readonly Token[]): string[][] {
  const shapes = tokens.map(({ text }) => shapeOf(text));
  const nouns = tokens.map((token, at) => isDataNoun(tokens, at, token));
  const word = (at: number): string => tokens[at]?.lower.slice(0, 20) ?? '∅';
  const shape = (at: number): string => shapes[at] ?? '∅';
  const some = nouns.includes(true) ? '1' : '0';
  return tokens.map(({ lower, text }, at) => {
    const s = shape(at);
    const ahead = nounAhead(nouns, shapes, at);
    return [
      `w=${word(at)}`,
      `s=${s}`,
      `e=${lower.slice(-3)}`,
      `b=${lower.slice(0, 3)}`,
      `-1=${word(at - 1)}`,
      `+1=${word(at + 1)}`,
      `-2=${word(at - 2)}`,
      `+2=${word(at + 2)}`,
      `-s=${shape(at - 1)}|${s}`,
      `+s=${s}|${shape(at + 1)}`,
      `ss=${shape(at - 1)}|${s}|${shape(at + 1)}`,
      `-w=${word(at - 1)}|${s}`,
      `+w=${s}|${word(at + 1)}`,
      `--=${word(at - 2)}|${word(at - 1)}|${s}`,
      `n=${ahead}|${s}`,
      `n1=${ahead}|${word(at - 1)}`,
      `a=${some}|${s}|${text.length > 4 ? 'l' : 's'}`,
      `f=${at === 0 ? '1' : '0'}|${s}|${some}`,
      `l=${listAround(tokens, shapes, at)}|${s}`,
    ];
  });
}

function isDataNoun(tokens: readonly Token[], at: number, { lower }: Token): boolean {
  return (
    hardNouns.has(lower) ||
    ((lower === 'set' || lower === 'sets') &&
      /^(data|test|training|testing|validation|dev)$/.test(tokens[at - 1]?.lower ?? ''))
  );
}

/** Distance to the next data noun, with only capitalised words, numbers and joints between. */
function nounAhead(nouns: readonly boolean[], shapes: readonly string[], at: number): string {
  if (nouns[at] === true) return 'is';
  for (let step = 1; step <= 7; step += 1) {
    if (nouns[at + step] === true) return String(Math.min(step, 5));
    const shape = shapes[at + step];
    if (shape === undefined) return 'end';
    if (!/X|d|^[-,/()[\]&]$/.test(shape) && shape !== 'x') return 'no';
  }
  return 'far';
}

/** Whether a list's introduction stands before the token: `such as`, `including`, `on`, `:`. */
function listAround(tokens: readonly Token[], shapes: readonly string[], at: number): string {
  for (let step = 1; step <= 8; step += 1) {
    const token = tokens[at - step];
    if (token === undefined) return 'start';
    if (/^(including|like|namely|e\.g|on|as|called|named|from|and|:|\()$/.test(token.lower)) {
      if (token.lower !== 'and') return token.lower;
    } else if (!/X|d|^,$/.test(shapes[at - step] ?? '')) return token.lower === 'the' ? 'the' : 'none';
  }
  return 'far';
}

/** A name in a sentence, in tokens. */
export interface TaggedName {
  readonly first: number;
  readonly last: number;
  /** How much the marks outweigh "no name", per token; 0 is undecided. */
  readonly margin: number;
}

/** The likeliest names of a sentence (Viterbi over B, I, O). */
export function tagNames(tokens: readonly Token[], model: NameModel): TaggedName[] {
  const scores = nameFeatures(tokens).map((features) => scoreToken(features, model));
  const path = bestPath(scores, model.steps);
  const names: TaggedName[] = [];
  for (let at = 0; at < path.length; at += 1) {
    if (path[at] === outside) continue;
    let last = at;
    while (path[last + 1] === 1) last += 1;
    let margin = 0;
    for (let place = at; place <= last; place += 1)
      margin += (scores[place]?.[path[place] ?? outside] ?? 0) - (scores[place]?.[outside] ?? 0);
    names.push({ first: at, last, margin: margin / (last - at + 1) });
    at = last;
  }
  return names;
}

function scoreToken(features: readonly string[], { weights }: NameModel): [number, number, number] {
  const scores: [number, number, number] = [0, 0, 0];
  for (const feature of features) {
    const row = weights[feature];
    if (row === undefined) continue;
    scores[0] += row[0];
    scores[1] += row[1];
    scores[2] += row[2];
  }
  return scores;
}

/** The path of highest score; I never follows O and never begins. */
export function bestPath(scores: readonly (readonly [number, number, number])[], steps: NameModel['steps']): number[] {
  const backs: number[][] = [];
  let reached: readonly number[] = [0, -Infinity, 0];
  scores.forEach((own, at) => {
    const next: number[] = [];
    const back: number[] = [];
    for (let to = 0; to < 3; to += 1) {
      let best = -Infinity;
      let from = outside;
      for (let before = 0; before < 3; before += 1) {
        if (to === 1 && before === outside) continue;
        const step =
          at === 0
            ? before === outside
              ? (reached[outside] ?? 0)
              : -Infinity
            : (reached[before] ?? 0) + (steps[before]?.[to] ?? 0);
        if (step > best) [best, from] = [step, before];
      }
      next.push(best + (own[to] ?? 0));
      back.push(from);
    }
    reached = next;
    backs.push(back);
  });
  let at = reached.indexOf(Math.max(...reached));
  const path: number[] = [];
  for (let place = scores.length - 1; place >= 0; place -= 1) {
    path[place] = at;
    at = backs[place]?.[at] ?? outside;
  }
  return path;
}
