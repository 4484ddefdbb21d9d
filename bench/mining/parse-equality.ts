import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileSource, unpacked } from '../../ingest/kit/open-bytes.ts';
import { parseRecords } from '../../ingest/pubmed/parse-records.ts';
import type { ArticleRecord } from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';
import { besideRival } from './parse-rival-fields.ts';

const execute = promisify(execFile);

/** Our fields of both files beside the oracle's (lxml), and those of the first beside pubmed_parser's. */
export async function equalityFigures(python: string, folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const name of ['pubmedsample18n0001.xml.gz', 'medline16n0902.sample.xml.gz']) {
    const file = join(folder, name);
    const ours = await articlesOf(file);
    const oracle = await linesOf(python, ['oracle_pubmed.py', file]);
    const differ = ours.filter((article, index) => plain(article) !== plain(oracle[index])).length;
    const unequal = differ + Math.abs(ours.length - oracle.length);
    figures.push({
      name: `${name}: citations that differ from the lxml oracle in any field`,
      value: unequal,
      unit: `of ${oracle.length}`,
      target: '= 0',
      met: unequal === 0,
    });
    if (name.startsWith('pubmed')) {
      figures.push(...besideRival(ours, await linesOf(python, ['parse_pubmed.py', 'fields', file])));
    }
  }
  return figures;
}

async function articlesOf(file: string): Promise<readonly ArticleRecord[]> {
  const articles: ArticleRecord[] = [];
  for await (const items of parseRecords(unpacked(await fileSource(file)), { threads: 0 })) {
    for (const item of items) if (item.kind === 'article') articles.push(item.article);
  }
  return articles;
}

async function linesOf(python: string, [name = '', ...args]: readonly string[]): Promise<readonly unknown[]> {
  const { stdout } = await execute(python, [join(import.meta.dirname, name), ...args], { maxBuffer: 1 << 28 });
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

/** A value as text, its keys in order, absent and null alike. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .filter(([, one]) => one !== null && one !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
}
