/** A database that takes deposits, and how its accessions look. */
export interface DepositionDatabase {
  /** Prefix of the identifier: `geo:GSE1`. Prefixes of identifiers.org where it has one. */
  readonly id: string;
  /** The whole accession, anchored. */
  readonly pattern: RegExp;
  /** What must stand in the same sentence or the one before: for forms that other things share. */
  readonly cue?: RegExp;
}

const archive = /GenBank|\bEMBL\b|\bENA\b|DDBJ|nucleotide|accession/i;
const trial = /\btrials?\b|regist/i;

/**
 * Where data are deposited: an allow-list of our own. A sweep of all patterns of identifiers.org would match "2011" and "MRI"; what a
 * form shares with other things needs its cue.
 */
export const depositionDatabases: readonly DepositionDatabase[] = [
  { id: 'geo', pattern: /^G(?:SE|SM|DS)\d{2,8}$/ },
  { id: 'insdc.sra', pattern: /^[SED]R[APRSXZ]\d{6,9}$/ },
  { id: 'bioproject', pattern: /^PRJ(?:NA|EB|DB|EA|CA|DA)\d{2,8}$/ },
  { id: 'biosample', pattern: /^SAM(?:N|EA|EG|D)\d{5,10}$/ },
  { id: 'dbgap', pattern: /^phs\d{6}(?:\.v\d+(?:\.p\d+)?(?:\.c\d+)?)?$/i },
  { id: 'ega', pattern: /^EGA[SDCFNP]\d{11}$/ },
  { id: 'arrayexpress', pattern: /^E-[A-Z]{4}-\d{1,6}$/ },
  { id: 'pride', pattern: /^R?PXD\d{6}$/ },
  { id: 'massive', pattern: /^R?MSV\d{9}$/ },
  { id: 'metabolights', pattern: /^MTBLS\d{1,6}$/ },
  { id: 'metabolomicsworkbench', pattern: /^ST\d{6}$/, cue: /metabolomics workbench/i },
  { id: 'empiar', pattern: /^EMPIAR-\d{5,6}$/ },
  { id: 'emdb', pattern: /^EMD-\d{4,6}$/ },
  { id: 'bioimages', pattern: /^S-BIAD\d{1,6}$/ },
  { id: 'biostudies', pattern: /^S-(?:BSST|EPMC|SCDT)\d{1,8}$/ },
  { id: 'idr', pattern: /^idr\d{4}$/i, cue: /image data resource|\bIDR\b/ },
  { id: 'openneuro', pattern: /^ds\d{6}$/ },
  { id: 'dandi', pattern: /^DANDI:\d{6}$/i },
  { id: 'synapse', pattern: /^syn\d{5,9}$/i, cue: /\bsynapse\b|\bsage\b|synapse\.org|AD knowledge portal/i },
  { id: 'gsa', pattern: /^(?:CRA|HRA|OMIX)\d{3,6}$/ },
  { id: 'cngb', pattern: /^CNP\d{7}$/ },
  { id: 'flowrepository', pattern: /^FR-FCM-[A-Z0-9]{4}$/ },
  { id: 'mgnify', pattern: /^MGYS\d{8}$/ },
  { id: 'refseq', pattern: /^(?:A[CP]|N[CGMPRTWZ]|X[MPR]|W[P])_\d{6,9}(?:\.\d+)?$/ },
  { id: 'assembly', pattern: /^GC[AF]_\d{9}(?:\.\d+)?$/ },
  { id: 'insdc', pattern: /^(?:[A-Z]\d{5}|[A-Z]{2}\d{6}|[A-Z]{2}\d{8}|[A-Z]{4}\d{8,10})(?:\.\d+)?$/, cue: archive },
  { id: 'uniprot', pattern: /^(?:[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d[A-Z][A-Z0-9]{2}\d)$/, cue: /UniProt|Swiss-?Prot/i },
  { id: 'clinicaltrials', pattern: /^NCT\d{8}$/ },
  { id: 'isrctn', pattern: /^ISRCTN\d{8}$/ },
  { id: 'drks', pattern: /^DRKS\d{8}$/ },
  { id: 'chictr', pattern: /^ChiCTR-?(?:[A-Z]{2,5}-)?\d{8,10}$/i },
  { id: 'umin', pattern: /^(?:UMIN|JPRN-UMIN)\d{9}$/ },
  { id: 'jrct', pattern: /^jRCTs?\d{9,10}$/ },
  { id: 'actrn', pattern: /^ACTRN\d{14}p?$/ },
  { id: 'kct', pattern: /^KCT\d{7}$/ },
  { id: 'irct', pattern: /^IRCT\d{8,16}N\d{1,3}$/ },
  { id: 'ntr', pattern: /^(?:NTR|NL)\d{3,5}$/, cue: trial },
  { id: 'eudract', pattern: /^20\d{2}-\d{6}-\d{2}$/, cue: /eudra/i },
];

/** DataBankList names of MEDLINE (NLM, "Databank Sources") as identifiers' prefixes. */
export const medlineBanks: Readonly<Record<string, string>> = {
  geo: 'geo',
  sra: 'insdc.sra',
  genbank: 'insdc',
  bioproject: 'bioproject',
  dbgap: 'dbgap',
  pdb: 'pdb',
  refseq: 'refseq',
  uniprotkb: 'uniprot',
  swissprot: 'uniprot',
  dryad: 'doi',
  figshare: 'doi',
  'clinicaltrials.gov': 'clinicaltrials',
  isrctn: 'isrctn',
  drks: 'drks',
  chictr: 'chictr',
  eudract: 'eudract',
  actrn: 'actrn',
  anzctr: 'actrn',
  umin: 'umin',
  'umin ctr': 'umin',
  jprn: 'umin',
  ntr: 'ntr',
};

/**
 * Forms so short that only the database's name just before makes them accessions. A longer list after one name ("PDB 1ABC, 2XYZ") is
 * left to the reader: years and counts look the same.
 */
export const namedAccessions: readonly { readonly id: string; readonly pattern: RegExp }[] = [
  { id: 'pdb', pattern: /\bPDB(?: (?:ID|entry|code|accession(?: code)?))?s?:? ?(\d[A-Za-z0-9]{3})\b/g },
  { id: 'icpsr', pattern: /\bICPSR ?(?:study)? ?(?:no\.?|number|#)? ?:? ?(\d{4,5})\b/g },
];

/**
 * The database of an accession.
 * @param context - the sentence and the one before; asked for only where the form alone does not tell
 */
export function databaseOf(accession: string, context: () => string): DepositionDatabase | undefined {
  return depositionDatabases.find(({ pattern, cue }) => pattern.test(accession) && (cue?.test(context()) ?? true));
}
