import { dataDoiPrefixes, dataHosts } from './data-hosts.ts';
import type { Finding } from './finding.ts';
import { type PreparedText, spanAt } from './prepare-text.ts';

/** A DOI may be broken after its slash, or after the word of its repository, by a line's end. */
const doi =
  /\b10\.\d{4,9}\/(?: ?\n ?|(?= (?:zenodo|m9|dryad|osf|openneuro|tcia)\b) )?[^\s"'<>“”‘’«»]{1,200}(?:(?<=[./-])\n[\w.]{1,60})?/gi;
const url =
  /\b(?:(?:https?|ftp):\/\/[^\s"'<>“”‘’«»]{1,600}|(?:www\.|(?<![\w@./-]))(?:[a-z0-9_-]{1,60}\.){1,5}(?:org|edu|gov|com|net|io|eu|uk|de|cn|nl|au|ch|jp|fr|ca|no|se|be|es|it)\b(?:\/[^\s"'<>“”‘’«»]{0,600})?)/gi;
/** What the words around say is no data: it is a registration of a plan, or a program. */
const notData =
  /pre-?regist|analysis plan|registered (report|protocol)|custom code|\bcode\b[^.;]{0,60}$|scripts?\b[^.;]{0,60}$|toolbox|software|\bpackage\b|plug-?in|\bviewer\b|pipeline/i;
const dataCue = /\b(?:data|datasets?|data sets?|scans|images|recordings|database|repository|maps)\b/i;
const accessCue =
  /available|download|access(?:ed|ible)|obtain|deposit|upload|shared|hosted|released|provided|retrieved from|found (?:at|in|on)/i;
const dataPath = /data(?:set|base)?s?(?:\b|_)|download|archive|repository|biobank|cohort/i;

/** DOIs of data, and addresses of data. */
export function findLinks(prepared: PreparedText): Finding[] {
  return [...findDois(prepared), ...findUrls(prepared)];
}

function findDois({ text }: PreparedText): Finding[] {
  const findings: Finding[] = [];
  for (const match of text.matchAll(doi)) {
    const written = trimEnd(match[0]);
    const value = written.replace(/\s+/g, '').toLowerCase();
    if (!isDataDoi(value)) continue;
    const { index: start } = match;
    const resolver =
      /(?:https?:\/\/)?(?:dx\.)?doi\.org\/$/i.exec(text.slice(Math.max(0, start - 24), start))?.[0].length ?? 0;
    const key = `doi:${value}`;
    const end = start + written.length;
    // The resolver's address is part of the link but not of the DOI: the mention is the DOI.
    findings.push({
      start,
      end,
      kind: 'DOI',
      key,
      name: value,
      rule: resolver > 0 ? 'doi:resolver' : 'doi:prefix',
      confidence: 0.98,
    });
  }
  return findings;
}

function isDataDoi(value: string): boolean {
  const slash = value.indexOf('/');
  const suffix = value.slice(slash + 1);
  return dataDoiPrefixes.some(
    ([prefix, pattern]) => value.slice(0, slash) === prefix && suffix.length > 2 && (pattern?.test(suffix) ?? true),
  );
}

function findUrls(prepared: PreparedText): Finding[] {
  const { text, sentences } = prepared;
  const findings: Finding[] = [];
  for (const match of text.matchAll(url)) {
    const written = trimEnd(match[0]);
    const place = placeOf(written);
    if (place === undefined || /(^|\.)doi\.org$/.test(place.host)) continue;
    const start = match.index;
    const end = start + written.length;
    const sentence = sentences[spanAt(sentences, start)];
    const before = text.slice(Math.max(sentence?.start ?? 0, start - 160), start);
    const rule = ruleOf(place, before, text.slice(end, Math.min(sentence?.end ?? end, end + 120)));
    if (rule === undefined) continue;
    const key = `url:${place.host}${place.path.replace(/[/#]+$/, '')}`;
    findings.push({ start, end, kind: 'URL', key, name: written, rule, confidence: rule === 'url:cue' ? 0.7 : 0.95 });
  }
  return findings;
}

interface Place {
  readonly host: string;
  readonly path: string;
}

function placeOf(address: string): Place | undefined {
  const [, host, path = ''] =
    /^(?:[a-z]+:\/\/)?(?:www\.)?([a-z0-9._-]+\.[a-z]{2,})(?::\d+)?([/?#].*)?$/i.exec(address) ?? [];
  return host === undefined ? undefined : { host: host.toLowerCase(), path: path === '/' ? '' : path };
}

/** Why an address is one of data; undefined where it is not. */
function ruleOf({ host, path }: Place, before: string, after: string): string | undefined {
  const known = dataHosts.find((known) => host === known.host || host.endsWith(`.${known.host}`));
  if (known !== undefined && (known.path?.test(path) ?? true)) {
    const isRegistry = /^(osf\.io|nitrc\.org)$/.test(host);
    return isRegistry && notData.test(before) ? undefined : 'url:host';
  }
  if (known !== undefined && known.host !== 'nitrc.org') return undefined;
  const cued = dataCue.test(before) && accessCue.test(`${before} ${after}`) && !notData.test(before);
  if (host === 'nitrc.org') return cued && path.startsWith('/projects/') ? 'url:cue' : undefined;
  return cued && path.length > 1 && dataPath.test(host + path) && !/\.(pdf|html?)$/i.test(path) ? 'url:cue' : undefined;
}

const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Without the punctuation of the sentence around: closing brackets that nothing inside opened, full stops, commas. */
function trimEnd(written: string): string {
  let end = written.length;
  for (;;) {
    const last = written[end - 1] ?? '';
    const opener = closers[last];
    const inside = written.slice(0, end);
    const unopened = opener !== undefined && inside.split(opener).length < inside.split(last).length;
    if (end === 0 || !(unopened || /[.,;:!?*†‡]/.test(last))) return written.slice(0, end).trimEnd();
    end -= 1;
  }
}
