import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { InvalidInputError, messageOf, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { PythonEnvironment } from '../model.ts';
import type { PythonEnvironments } from '../ports.ts';
import { errorCode } from './job-folder.ts';

const run = promisify(execFile);
/** Longest an environment may take to be made. */
const longestMs = 1_800_000;
/** Half-made environments older than this are nobody's any more. */
const abandonedMs = 2 * longestMs;

const interpreter = z.object({ version: z.string(), folders: z.array(z.string()) });
/** Asks an interpreter where it and its library are; a sandbox must show these to the job. */
const question = `import json, os, sys
folders = {sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))}
print(json.dumps({"version": sys.version, "folders": sorted(folders)}))`;

/** How environments are made. */
export interface PipEnvironmentsOptions {
  /** Where they are kept, one folder each. */
  readonly folder: string;
  /** Interpreter with `venv`, such as `python3`. */
  readonly python: string;
  /** What pip and the interpreter are told: PATH, and where the index of packages is. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Environments made by venv and pip: wheels only (no code of a package runs while it is installed), each checked against its hash.
 * Made beside their place and moved there whole, so that a reader never sees half of one, whoever is ended meanwhile.
 */
export class PipEnvironments implements PythonEnvironments {
  readonly #options: PipEnvironmentsOptions;
  readonly #making = new Map<string, Promise<PythonEnvironment>>();

  constructor(options: PipEnvironmentsOptions) {
    this.#options = options;
  }

  async prepare(requirements: string, signal: AbortSignal): Promise<PythonEnvironment> {
    checkPinned(requirements);
    const { version, folders } = await this.#interpreter(signal);
    const sha256 = createHash('sha256').update(`${version}\n${requirements}`).digest('hex');
    const wanted = { sha256, folder: resolve(this.#options.folder, sha256.slice(0, 32)), reads: readsOf(folders) };
    if (existsSync(wanted.folder)) return wanted;
    // Runs that start together wait for one making, not for each other's.
    const making = this.#making.get(sha256) ?? this.#make(wanted, requirements, signal);
    this.#making.set(sha256, making);
    return making.finally(() => this.#making.delete(sha256));
  }

  async #make(wanted: PythonEnvironment, requirements: string, signal: AbortSignal): Promise<PythonEnvironment> {
    await mkdir(this.#options.folder, { recursive: true });
    await this.#dropAbandoned();
    const part = resolve(this.#options.folder, `.making-${randomUUID()}`);
    try {
      await this.#run(this.#options.python, ['-m', 'venv', part], signal);
      const file = join(part, 'requirements.txt');
      await writeFile(file, requirements);
      const rules = [
        '--require-hashes',
        '--only-binary',
        ':all:',
        '--no-deps',
        '--disable-pip-version-check',
        '--no-input',
      ];
      await this.#run(join(part, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', ...rules, '-r', file], signal);
      await this.#run(join(part, 'bin/python3'), ['-m', 'pip', 'check'], signal);
      await rename(part, wanted.folder).catch((error: unknown) => {
        // Another process made the same one first.
        if (!['EEXIST', 'ENOTEMPTY'].includes(errorCode(error))) throw error;
      });
      return wanted;
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }

  async #dropAbandoned(): Promise<void> {
    for (const name of await readdir(this.#options.folder)) {
      if (!name.startsWith('.making-')) continue;
      const path = join(this.#options.folder, name);
      const age =
        Date.now() -
        (await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => Date.now(),
        ));
      if (age > abandonedMs) await rm(path, { recursive: true, force: true });
    }
  }

  async #interpreter(signal: AbortSignal): Promise<z.infer<typeof interpreter>> {
    const { stdout } = await this.#run(this.#options.python, ['-c', question], signal);
    return interpreter.parse(JSON.parse(stdout));
  }

  async #run(command: string, args: readonly string[], signal: AbortSignal): Promise<{ readonly stdout: string }> {
    try {
      const env = { HOME: userInfo().homedir, ...this.#options.environment };
      return await run(command, args, { env, signal, timeout: longestMs, maxBuffer: 1 << 24 });
    } catch (cause) {
      signal.throwIfAborted();
      const what = messageOf(cause).split('\n').slice(0, 6).join(' ').slice(0, 1_000);
      throw new UpstreamUnavailableError(
        `A Python environment cannot be made: ${what}. It needs ${this.#options.python} with venv and pip, and an index of packages.`,
        {},
        { cause },
      );
    }
  }
}

/** `/usr` is shown to every job anyway. */
function readsOf(folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => !/^\/usr(?:\/|$)/.test(folder));
}

/**
 * Refuses requirements that could bring other packages tomorrow than today.
 * @throws InvalidInputError that names the line
 */
export function checkPinned(requirements: string): void {
  const lines = requirements.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  for (const line of lines.map((one) => one.replace(/(?:^|\s)#.*$/, '').trim()).filter((one) => one !== '')) {
    const pinned = /^[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?==[\w.!+]+(?:\s*;[^;]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+$/;
    if (!pinned.test(line))
      throw new InvalidInputError(
        `This line of the requirements is not pinned to a version and hashes: ${line.slice(0, 200)}. Make the file with pip-compile --generate-hashes.`,
        { fields: ['requirements'] },
      );
  }
}
