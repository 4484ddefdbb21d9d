import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PipEnvironments } from '../../src/pipelines/adapters/pip-environments.ts';
import type { PythonEnvironment } from '../../src/pipelines/index.ts';

const root = resolve(import.meta.dirname, '../..');

/** What pip may know of this machine: where programs are, and where packages come from. */
function pipEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => /^(?:PATH|PIP_\w+|\w+_proxy)$/i.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

/** Environments as the catalog makes them, kept between runs of the suite. */
export function testEnvironments(folder = resolve(root, 'node_modules/.cache/pipeline-envs')): PipEnvironments {
  return new PipEnvironments({ folder, python: 'python3', environment: pipEnvironment() });
}

/** The environment of a shipped pipeline. */
export function environmentOf(pipeline: string): Promise<PythonEnvironment> {
  const requirements = readFileSync(resolve(root, 'pipelines', pipeline, 'requirements.txt'), 'utf8');
  return testEnvironments().prepare(requirements, AbortSignal.timeout(900_000));
}
