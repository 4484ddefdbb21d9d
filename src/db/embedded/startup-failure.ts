/** Why PostgreSQL did not start, as far as it matters for what to do next. */
export type FailureKind = 'disk-full' | 'port-taken' | 'still-held' | 'not-writable' | 'no-memory' | 'broken';

/** A failed start, in one sentence that says how to mend it. */
export interface StartupFailure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** Where it happened. */
export interface FailurePlace {
  readonly dataDir: string;
  readonly logPath: string;
  /** Free space on the disk of the data directory: on a full one the log itself stays empty. */
  readonly diskFreeBytes: number;
}

const patterns: readonly (readonly [FailureKind, RegExp])[] = [
  ['no-memory', /Cannot allocate memory|could not resize shared memory segment/],
  ['disk-full', /No space left on device|Disk quota exceeded|Check free disk space/],
  ['port-taken', /could not bind IPv4 address|could not create any TCP\/IP sockets|Address already in use/],
  ['still-held', /pre-existing shared memory block|lock file "postmaster\.pid" already exists/],
  ['not-writable', /Permission denied|Read-only file system|has wrong ownership/],
];

/** Reads what PostgreSQL (or initdb) printed before it gave up. Pure. */
export function explainFailure(output: string, place: FailurePlace): StartupFailure {
  const { dataDir, logPath } = place;
  const said = lastComplaint(output);
  const nothingFree = said === undefined && place.diskFreeBytes < 1024 * 1024;
  const kind = nothingFree ? 'disk-full' : (patterns.find(([, pattern]) => pattern.test(output))?.[0] ?? 'broken');
  const sentences: Readonly<Record<FailureKind, string>> = {
    'disk-full': `The disk of ${dataDir} is full: free some space and start again (nothing acknowledged is lost).`,
    'port-taken': `PostgreSQL found its port taken (${said ?? 'no reason given'}).`,
    'still-held': `Another PostgreSQL still uses ${dataDir} (${said ?? 'no reason given'}): stop it and start again.`,
    'not-writable': `PostgreSQL may not write ${dataDir} (${said ?? 'permission denied'}): give it to the user who runs mia.`,
    'no-memory': `PostgreSQL got too little memory (${said ?? 'no reason given'}): free some and start again.`,
    broken: `PostgreSQL cannot open its data directory ${dataDir} (${said ?? `see ${logPath}`}): restore it from a backup, or move it away to start with an empty one; it was left as it is.`,
  };
  return { kind, message: sentences[kind] };
}

/** The last line that says why, without its time stamp. */
function lastComplaint(output: string): string | undefined {
  const lines = output.split('\n').flatMap((line) => /(?:PANIC|FATAL|error):\s+(.+)$/.exec(line)?.[1] ?? []);
  return lines
    .filter((line) => !/terminating connection|is (starting up|shutting down)/.test(line))
    .at(-1)
    ?.trim();
}
