import type { Command } from 'commander';
import { openModelStore } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import {
  checkEncoder,
  checkReranker,
  type EncoderCheck,
  type ModelStatus,
  type ModelStore,
  networksOf,
  type VerifiedFile,
} from '../../src/embedding/index.ts';
import { createLogger } from '../output.ts';

/** How the command talks to the terminal; standard output and error unless a test listens. */
export interface ModelConsole {
  readonly out: (line: string) => void;
  readonly progress: (text: string) => void;
  readonly setExitCode: (code: number) => void;
}

const standardConsole: ModelConsole = {
  out: (line) => void process.stdout.write(`${line}\n`),
  progress: (text) => void process.stderr.write(text),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

/**
 * Mounts `mia model list | install PROFILE | check PROFILE|DIR`. Failures are thrown to the program, which prints them and exits
 * with 1; `check` of an unsound model sets 1 itself.
 */
export function registerModel(
  program: Command,
  openStore: () => ModelStore = () => openModelStore(readConfig(), createLogger('warn')),
  terminal: ModelConsole = standardConsole,
): void {
  const model = program
    .command('model')
    .description('encoders that turn texts into vectors, and cross-encoders that order them');
  model
    .command('list')
    .description('known models and whether they are installed')
    .option('--json', 'last line is one JSON object')
    .action(async (options: { readonly json?: boolean }) => {
      const models = await openStore().list();
      const say = speaker(terminal, options.json);
      for (const status of models) say(describeStatus(status));
      if (options.json === true) terminal.out(JSON.stringify({ models: models.map(statusJson) }));
    });
  model
    .command('install')
    .description('fetch a profile from the hub, checked by checksum, or say which files to put where')
    .argument('<profile>')
    .option('--json', 'last line is one JSON object')
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const say = speaker(terminal, options.json);
      const report = await openStore().install(name, progressLine(terminal));
      say(`${report.profile}: ${report.state}`);
      for (const commit of report.commits) say(`  ${commit}`);
      for (const { path, byteSize, sha256 } of report.files) say(`  ${path}  ${byteSize} bytes  sha256 ${sha256}`);
      if (report.commands.length > 0)
        say('The hub has PyTorch weights only. Convert them (see models/convert/README.md):');
      for (const command of report.commands) say(`  ${command}`);
      if (options.json === true) terminal.out(JSON.stringify(report));
    });
  model
    .command('check')
    .description('compare its files with their checksums and run it on known sentences: dimension, speed, neighbours')
    .argument('<profile-or-dir>')
    .option('--json', 'last line is one JSON object')
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const store = openStore();
      const say = speaker(terminal, options.json);
      const { kind, title } = await store.find(name);
      const files = await store.verify(name);
      for (const file of files) say(describeFile(file));
      // A file that changed is refused when it is loaded: say first which.
      const { lines, report, sound } =
        kind === 'encoder' ? await tryEncoder(store, name) : await tryReranker(store, name);
      for (const line of lines) say(line);
      if (options.json === true) terminal.out(JSON.stringify({ kind, title, files, ...report }));
      if (!sound) terminal.setExitCode(1);
    });
}

/** Where words for people go: standard output, or beside it when that is for a machine. */
function speaker(terminal: ModelConsole, json: boolean | undefined): (line: string) => void {
  return json === true ? (line) => terminal.progress(`${line}\n`) : terminal.out;
}

interface Tried {
  readonly lines: readonly string[];
  readonly report: object;
  readonly sound: boolean;
}

async function tryEncoder(store: ModelStore, name: string): Promise<Tried> {
  const { embedder } = await store.open(name);
  try {
    const check = await checkEncoder(embedder, () => performance.now());
    return { lines: describeCheck(check), report: check, sound: check.sound };
  } finally {
    await embedder.close();
  }
}

async function tryReranker(store: ModelStore, name: string): Promise<Tried> {
  const { reranker } = await store.openReranker(name);
  try {
    const check = await checkReranker(reranker, () => performance.now());
    const { loadS, pairsPerS, partnersFound, sentences, sound } = check;
    const lines = [
      `${check.reranker}: loaded in ${loadS.toFixed(2)} s, ${pairsPerS.toFixed(1)} pairs of short sentences/s`,
      `${partnersFound} of ${sentences} sentences score highest with their paraphrase: ${sound ? 'sound' : 'NOT SOUND for ordering'}`,
    ];
    return { lines, report: check, sound };
  } finally {
    await reranker.close();
  }
}

function describeFile({ path, state, sha256, commit }: VerifiedFile): string {
  return `${state.padEnd(12)} ${path}  sha256 ${sha256}${commit === undefined ? '' : `  commit ${commit}`}`;
}

function describeStatus({ profile, folders, missing }: ModelStatus): string {
  const state =
    folders === undefined ? `not installed (${missing.length} files missing)` : `installed in ${folders.join(', ')}`;
  const shape = profile.kind === 'encoder' ? `${String(profile.dimension).padStart(4)} d` : 'order ';
  return `${profile.name.padEnd(15)} ${shape}  ${profile.licence.padEnd(18)} ${state}\n                ${profile.note}`;
}

function statusJson({ profile, folders, missing }: ModelStatus): object {
  const { kind, name, title, licence, note } = profile;
  const shape =
    profile.kind === 'encoder'
      ? { dimension: profile.dimension, similarity: profile.similarity, pooling: profile.pooling }
      : {};
  const sources = networksOf(profile).map(({ hubId, revision }) => ({ hubId, revision }));
  return { kind, name, title, ...shape, licence, note, sources, installed: folders !== undefined, folders, missing };
}

function describeCheck(check: EncoderCheck): readonly string[] {
  const { identity, loadS, sentencesPerS, partnersFound, sentences, neighbours, sound } = check;
  return [
    `${identity.profile}: ${identity.dimension} dimensions, ${identity.similarity}, hash ${identity.hash}`,
    `loaded in ${loadS.toFixed(2)} s, ${sentencesPerS.toFixed(1)} short sentences/s`,
    ...neighbours.map(
      ({ sentence, nearest, similarity }) => `  ${similarity.toFixed(3)}  ${sentence}\n         ${nearest}`,
    ),
    `${partnersFound} of ${sentences} sentences lie nearest to their paraphrase: ${sound ? 'sound' : 'NOT SOUND for search'}`,
  ];
}

function progressLine(
  terminal: ModelConsole,
): (progress: { file: string; receivedBytes: number; totalBytes: number | undefined }) => void {
  let shown = 0;
  return ({ file, receivedBytes, totalBytes }) => {
    const done = receivedBytes === totalBytes;
    if (!done && receivedBytes - shown < 4_000_000 && receivedBytes > shown) return;
    shown = done ? 0 : receivedBytes;
    const of = totalBytes === undefined ? '' : ` of ${(totalBytes / 1e6).toFixed(1)}`;
    terminal.progress(`${file}  ${(receivedBytes / 1e6).toFixed(1)}${of} MB\n`);
  };
}
