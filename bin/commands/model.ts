import type { Command } from 'commander';
import { openModelStore } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { checkEncoder, type EncoderCheck, type ModelStatus, type ModelStore } from '../../src/embedding/index.ts';
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
  const model = program.command('model').description('encoders that turn texts into vectors');
  model
    .command('list')
    .description('known encoder profiles and whether they are installed')
    .option('--json', 'last line is one JSON object')
    .action(async (options: { readonly json?: boolean }) => {
      const models = await openStore().list();
      for (const status of models) terminal.out(describeStatus(status));
      if (options.json === true) terminal.out(JSON.stringify({ models: models.map(statusJson) }));
    });
  model
    .command('install')
    .description('fetch a profile from the hub, checked by checksum, or say which files to put where')
    .argument('<profile>')
    .option('--json', 'last line is one JSON object')
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const report = await openStore().install(name, progressLine(terminal));
      terminal.out(`${report.profile}: ${report.state}`);
      for (const { path, byteSize, sha256 } of report.files)
        terminal.out(`  ${path}  ${byteSize} bytes  sha256 ${sha256}`);
      if (report.commands.length > 0)
        terminal.out('The hub has PyTorch weights only. Convert them (see models/convert/README.md):');
      for (const command of report.commands) terminal.out(`  ${command}`);
      if (options.json === true) terminal.out(JSON.stringify(report));
    });
  model
    .command('check')
    .description('run an encoder on known sentences: dimension, speed, neighbours')
    .argument('<profile-or-dir>')
    .option('--json', 'last line is one JSON object')
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const { profile, embedder } = await openStore().open(name);
      try {
        const check = await checkEncoder(embedder, () => performance.now());
        for (const line of describeCheck(check)) terminal.out(line);
        if (options.json === true) terminal.out(JSON.stringify({ title: profile.title, ...check }));
        if (!check.sound) terminal.setExitCode(1);
      } finally {
        await embedder.close();
      }
    });
}

function describeStatus({ profile, folders, missing }: ModelStatus): string {
  const state =
    folders === undefined ? `not installed (${missing.length} files missing)` : `installed in ${folders.join(', ')}`;
  return `${profile.name.padEnd(11)} ${String(profile.dimension).padStart(4)} d  ${profile.licence.padEnd(18)} ${state}\n            ${profile.note}`;
}

function statusJson({ profile, folders, missing }: ModelStatus): object {
  const { name, title, dimension, similarity, pooling, licence, note } = profile;
  return {
    name,
    title,
    dimension,
    similarity,
    pooling,
    licence,
    note,
    installed: folders !== undefined,
    folders,
    missing,
  };
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
