import type { Command } from 'commander';
import { ingestMesh } from '../../ingest/mesh/ingest-mesh.ts';
import type { RunIngest } from './run-ingest.ts';

/** `mia ingest mesh FILE`: the tree of headings. */
export function registerIngestMesh(ingest: Command, run: RunIngest): void {
  ingest
    .command('mesh')
    .description('the MeSH tree, so that a search by a heading finds what is narrower')
    .argument('<file>', 'desc20XX.xml of NLM, also as .gz')
    .option('--json', 'end with one JSON object')
    .action(async (file: string, options: { readonly json?: boolean }) => {
      await run(options, async (app, signal) => await ingestMesh({ file, signal }, app.literature.mesh));
    });
}
