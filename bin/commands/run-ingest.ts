import type { IntakeReport } from '../../src/catalog/index.ts';
import type { Application } from '../../src/compose.ts';
import type { Output } from '../output.ts';

/** Opens the catalog, runs one ingest in it, says what it did and sets the exit code. */
export type RunIngest = (
  options: { readonly json?: boolean },
  work: (app: Application, signal: AbortSignal, output: Output) => Promise<IntakeReport>,
) => Promise<void>;
