import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { brainscapeSlug } from './judged-questions.ts';

const file = new URL('../../../shared/data/brainscape/records.jsonl', import.meta.url).pathname;
const line = z.looseObject({ id: z.string(), 'README.md': z.string().nullish() });

/** Whether the folder beside the checkout that holds the records is there. */
export function brainscapePresent(): boolean {
  return existsSync(file);
}

/**
 * The 162 dataset records of BrainScape (yasinzaii/BrainScape, MIT) as intake takes them: title, description and licence of the
 * README, modalities and number of subjects of its statistics. A record without a README has its id alone.
 */
export function readBrainscape(): readonly Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((text) => {
      const { id, 'README.md': readme } = line.parse(JSON.parse(text));
      return recordOf(id, readme ?? '');
    });
}

function recordOf(id: string, readme: string): Record<string, unknown> {
  const title = /^# (.+)$/m.exec(readme)?.[1]?.trim();
  const description = section(readme, 'Description');
  const subjects = /\| Number of Subjects \| (\d+) \|/.exec(readme)?.[1];
  const accessClass = accessOf(section(readme, 'License') ?? '');
  const modalities = [...readme.matchAll(/\| Number of (\S+) MRIs \| \d+ \|/g)].map(([, name = '']) =>
    name.toUpperCase(),
  );
  return {
    sourceId: id,
    slug: brainscapeSlug(id),
    title: title?.slice(0, 500) ?? id,
    acronym: id,
    description: description?.slice(0, 20_000) ?? title ?? id,
    modalities: [...new Set(['MR', ...modalities])],
    ...(subjects !== undefined && { subjectCount: Number(subjects) }),
    ...(accessClass !== undefined && { accessClass }),
  };
}

/** The text below a heading; undefined when there is none. */
function section(readme: string, heading: string): string | undefined {
  const from = readme.indexOf(`## ${heading}\n`);
  if (from < 0) return undefined;
  const rest = readme.slice(from + heading.length + 4);
  const text = rest.slice(0, /^## /m.exec(rest)?.index ?? rest.length).trim();
  return text === '' ? undefined : text;
}

/** What no licence is told of stays without a class: intake takes it for restricted. */
function accessOf(license: string): string | undefined {
  if (/NC|non-?commercial/i.test(license)) return 'OPEN_NON_COMMERCIAL';
  return /CC0|CC BY/i.test(license) ? 'OPEN' : undefined;
}
