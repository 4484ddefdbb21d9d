import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { readJsonLines } from '../../ingest/kit/read-json-lines.ts';
import { openMiner } from '../../src/compose-mining.ts';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { articleText, type MinableArticle, type MinedArticle, type Miner } from '../../src/literature/index.ts';
import { mineStored, writeDecisions } from './mine-stored.ts';

/**
 * A line of the file. Texts are taken verbatim: the offsets of what is found count in them, so nothing may be tidied up first.
 */
const line = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  title: z.string(),
  abstract: z.string().nullish(),
  sections: z.array(z.object({ name: z.string().nullish(), text: z.string() })).nullish(),
  year: z.number().nullish(),
});

/** What one line becomes in the output: the form that docs/discovery.md describes. */
export interface MinedLine {
  readonly id: string;
  readonly cohortSize: number | null;
  readonly mentions: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly kind: string;
    readonly role: string;
    readonly dataset: string;
    readonly identifier: string | null;
    readonly score: number;
  }[];
}

/** Mounts `mia mine`, `mia mine FILE --out OUT` and `mia mine export-decisions --out OUT`. */
export function registerMine(program: Command): void {
  program
    .command('mine')
    .description(
      'find datasets in the stored articles and make candidates of them; with a file, in its articles, without a database',
    )
    .argument(
      '[file]',
      'articles, one a line ({id, title, abstract?, sections?: [{name, text}]}), or - for standard input; `export-decisions` alone writes what stewards decided',
    )
    .option('--out <file>', 'where mentions, or decisions, go, one a line, or - for standard output')
    .option('--json', 'last line is one JSON object; on standard error where the mentions go to standard output')
    .action(
      async (
        file: string | undefined,
        { out, json }: { readonly out?: string; readonly json?: boolean },
        command: Command,
      ) => {
        if (file === undefined && out === undefined) {
          await mineStored(json ?? false);
          return;
        }
        if (file === undefined || out === undefined)
          return command.error(
            `error: ${file === undefined ? 'give the file to mine' : 'give --out, where its mentions go'}`,
          );
        if (file === 'export-decisions') {
          await writeDecisions(out, json ?? false);
          return;
        }
        const started = performance.now();
        const report = await mineFile(file, out, openMiner());
        const durationMs = Math.round(performance.now() - started);
        if (report.rejected > 0) process.exitCode = 3;
        const told = out === '-' ? process.stderr : process.stdout;
        const { accepted, rejected, mentions } = report;
        if (json === true || !told.isTTY)
          told.write(`${JSON.stringify({ event: 'done', ...report, unchanged: 0, durationMs })}\n`);
        else told.write(`${accepted} articles, ${mentions} mentions, ${rejected} lines rejected, ${durationMs} ms\n`);
      },
    );
}

interface MineReport {
  readonly accepted: number;
  readonly rejected: number;
  readonly mentions: number;
}

/**
 * Mines a file line by line; the output is in the order of the input and appears under its name when it is whole.
 * @throws InvalidInputError when the file cannot be read or the output not be written
 */
async function mineFile(file: string, out: string, miner: Miner): Promise<MineReport> {
  const part = `${out}.part`;
  const target: Writable = out === '-' ? process.stdout : createWriteStream(part);
  const failed = target === process.stdout ? undefined : finished(target);
  failed?.catch(() => {});
  try {
    const report = await mineLines(file, miner, target);
    if (out !== '-') {
      target.end();
      await failed;
      await rename(part, out);
    }
    return report;
  } catch (error) {
    if (out !== '-') {
      target.destroy();
      await rm(part, { force: true });
    }
    if (error instanceof Error && 'code' in error)
      throw new InvalidInputError(
        `Mining ${file} into ${out} failed: ${messageOf(error)}. Check both names and rights.`,
        {},
        { cause: error },
      );
    throw error;
  }
}

async function mineLines(file: string, miner: Miner, target: Writable): Promise<MineReport> {
  let [accepted, rejected, mentions] = [0, 0, 0];
  for await (const read of readJsonLines(file)) {
    const parsed = 'unreadable' in read ? read.unreadable : line.safeParse(read.value);
    if (typeof parsed === 'string' || !parsed.success) {
      rejected += 1;
      const why = typeof parsed === 'string' ? parsed : `is no article: ${issuesOf(parsed.error)}`;
      process.stderr.write(
        `${JSON.stringify({ event: 'rejected', place: read.place, error: `${read.place} ${why}.` })}\n`,
      );
      continue;
    }
    const article = articleOf(parsed.data);
    const mined = toLine(parsed.data.id, article, miner.mine(article));
    accepted += 1;
    mentions += mined.mentions.length;
    if (!target.write(`${JSON.stringify(mined)}\n`)) await once(target, 'drain');
  }
  return { accepted, rejected, mentions };
}

function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; ');
}

function articleOf({ title, abstract, sections, year }: z.infer<typeof line>): MinableArticle {
  return {
    title,
    abstract: abstract ?? undefined,
    sections: (sections ?? []).map(({ name, text }) => ({ name: name ?? '', role: undefined, text })),
    dataBanks: [],
    mesh: [],
    year: year ?? undefined,
  };
}

/** The line form: each mention with its dataset's role, and a score that is how sure both are that it is one. */
export function toLine(id: string, article: MinableArticle, mined: MinedArticle): MinedLine {
  const byKey = new Map(mined.datasets.map((dataset) => [dataset.key, dataset]));
  const points = Array.from(articleText(article));
  return {
    id,
    cohortSize: mined.cohort?.value ?? null,
    mentions: mined.mentions.flatMap((mention) => {
      const dataset = byKey.get(mention.dataset);
      if (dataset === undefined) return [];
      const { start, end, kind, confidence } = mention;
      const own =
        mention.kind === 'NAME'
          ? undefined
          : dataset.identifiers.find((identifier) => identifier.includes(mention.text));
      return [
        {
          start,
          end,
          text: points.slice(start, end).join(''),
          kind,
          role: dataset.role,
          dataset: dataset.name,
          identifier: own ?? dataset.identifiers[0] ?? null,
          score: confidence,
        },
      ];
    }),
  };
}
