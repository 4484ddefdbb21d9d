import { databaseOf, medlineBanks, namedAccessions } from './deposition-databases.ts';
import type { Finding } from './finding.ts';
import { type MinableArticle, type PreparedText, spanAt } from './prepare-text.ts';

/** Anything that could be an accession: letters and digits in one word. Bounded, so that hostile texts stay linear. */
const candidate =
  /(?<![\w/=.@&-])(?:[A-Za-z]{1,8}(?:[-_:][A-Za-z]{2,5})?[-_:]?\d[\dA-Za-z.]{1,20}|ChiCTR-[A-Z]{2,5}-\d{8,10}|FR-FCM-[A-Z0-9]{4}|20\d{2}-\d{6}-\d{2})(?![\w@-])/g;
/** Cue words of a deposit: a form that needs none is surer beside one. */
const depositCue =
  /accession|deposit|repository|database|available|data ?set|download|identifier|trial|regist|\bdata\b|submitted|archive/i;

/** Accessions of deposition databases in the text; those that MEDLINE's indexers found (DataBankList) are certain. */
export function findAccessions(prepared: PreparedText, article: MinableArticle): Finding[] {
  const findings = findNamedAccessions(prepared.text);
  const banks = curatedAccessions(article);
  for (const match of prepared.text.matchAll(candidate)) {
    const accession = match[0].replace(/\.+$/, '');
    const curated = banks.get(accession.toUpperCase());
    const context = (): string => contextOf(prepared, match.index);
    const database = databaseOf(accession, context)?.id ?? curated;
    if (database === undefined) continue;
    findings.push({
      start: match.index,
      end: match.index + accession.length,
      kind: 'ACCESSION',
      key: `${database}:${canonical(accession)}`,
      name: canonical(accession),
      rule: curated === undefined ? `accession:${database}` : 'accession:medline',
      confidence: curated !== undefined ? 1 : depositCue.test(context()) ? 0.97 : 0.85,
    });
  }
  return findings;
}

function findNamedAccessions(text: string): Finding[] {
  return namedAccessions.flatMap(({ id, pattern }) =>
    [...text.matchAll(pattern)].map((match) => {
      const accession = (match[1] ?? '').toUpperCase();
      const end = match.index + match[0].length;
      const start = end - accession.length;
      return {
        start,
        end,
        kind: 'ACCESSION',
        key: `${id}:${accession}`,
        name: accession,
        rule: `accession:${id}`,
        confidence: 0.95,
      };
    }),
  );
}

/** The sentence of a place and the one before, bounded. */
function contextOf({ text, sentences }: PreparedText, start: number): string {
  const at = spanAt(sentences, start);
  const from = sentences[Math.max(0, at - 1)]?.start ?? 0;
  return text.slice(Math.max(from, start - 1500), Math.min(sentences[at]?.end ?? start, start + 1500));
}

/** dbGaP's participant sets and versions are one study; accessions are written in capitals but for the few that are not. */
function canonical(accession: string): string {
  if (/^phs/i.test(accession)) return accession.toLowerCase().slice(0, 9);
  return /^(ds|syn|idr)\d/i.test(accession) ? accession.toLowerCase() : accession;
}

/** DataBankList as accession, in capitals, to identifier prefix. */
export function curatedAccessions(article: Pick<MinableArticle, 'dataBanks'>): Map<string, string> {
  const banks = new Map<string, string>();
  for (const { name, accessions } of article.dataBanks) {
    const id = medlineBanks[name.toLowerCase()] ?? name.toLowerCase();
    for (const accession of accessions) banks.set(accession.toUpperCase(), id);
  }
  return banks;
}
