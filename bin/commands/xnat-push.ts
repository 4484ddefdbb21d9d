import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { type PushReport, type PushRequest, pushDataset } from '../../ingest/xnat-push/push-dataset.ts';
import { cliPrincipal } from '../../src/access/index.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { UsageReport } from '../../src/xnat/index.ts';
import { keepHeapModest } from '../modest-heap.ts';
import { createLogger, createOutput, type Output } from '../output.ts';
import { createProgress } from '../progress.ts';
import { terminationSignal } from '../termination-signal.ts';
import { connectServerNamed } from '../xnat-server.ts';

/** Most rejections that are listed one by one. */
const listedRejections = 20;

interface PushOptions {
  readonly dataset: string;
  readonly server: string;
  readonly project?: string;
  readonly files?: string;
  readonly dryRun: boolean;
  readonly overwrite: boolean;
  readonly iMayRedistribute: boolean;
  readonly json?: boolean;
}

/** `mia xnat push`: a dataset of the catalog into an XNAT project. */
export function registerXnatPush(xnat: Command): void {
  xnat
    .command('push')
    .description('put subjects, sessions, scans and files of a dataset into an XNAT project, and read all of it back')
    .requiredOption('--dataset <slug>', 'dataset of the catalog')
    .requiredOption('--server <name>', 'XNAT server (address and account from XNAT_URL, XNAT_USER, XNAT_PASSWORD)')
    .option('--project <id>', "project; the dataset's slug when left out; made when absent")
    .option('--files <folder>', 'files: one folder a subject, laid out as BIDS or as session/scan/…')
    .option('--dry-run', 'say what would be done, and write nothing', false)
    .option('--overwrite', 'replace values and files that XNAT holds differently', false)
    .option('--i-may-redistribute', 'I hold the right to pass copies on, although the licence does not give it', false)
    .option('--json', 'end with one JSON object')
    .action(push);
}

/** Pushes and reports; exit code 3 when something was not pushed or not found as it was pushed. */
async function push(options: PushOptions): Promise<void> {
  keepHeapModest();
  const output = createOutput(options.json);
  const signal = terminationSignal();
  const began = performance.now();
  const config = readConfig();
  const server = connectServerNamed(options.server, config, createLogger('error'));
  const app = await openApplication(config, 'cli', createLogger('warn'));
  try {
    const ports = { reader: app.reader, trail: app.trail, server };
    const report = await pushDataset(requestOf(options, output), ports, cliPrincipal, signal);
    tell(output, report, { server: options.server, usage: server.usage(), durationMs: performance.now() - began });
    if (report.rejected.length > 0) process.exitCode = 3;
  } finally {
    await server.close(AbortSignal.timeout(5_000)).catch(() => undefined); // what was stored is stored, logged out or not
    await app.close();
  }
}

function requestOf(options: PushOptions, output: Output): PushRequest {
  const { dataset, project, files, dryRun, overwrite, iMayRedistribute } = options;
  const passes = { push: createProgress(output, 'subjects'), check: createProgress(output, 'subjects read back') };
  return {
    dataset,
    project,
    files,
    dryRun,
    overwrite,
    mayRedistribute: iMayRedistribute,
    writer: randomUUID(),
    now: () => new Date(),
    onProgress: (done, total, pass) => passes[pass](done, total),
  };
}

function tell(
  output: Output,
  report: PushReport,
  run: { readonly server: string; readonly usage: UsageReport; readonly durationMs: number },
): void {
  const { rejected, ...counts } = report;
  for (const rejection of rejected.slice(0, listedRejections))
    output.event('rejected', { ...rejection }, `rejected ${rejection.sourceId}: ${rejection.error}`);
  const { requests, bytesSent, bytesReceived } = run.usage;
  const durationMs = Math.round(run.durationMs);
  const fields = { ...counts, rejected: rejected.length, removed: 0, server: run.server, requests };
  output.event(
    'done',
    { ...fields, bytes: bytesSent + bytesReceived, durationMs },
    sentence(report, requests, durationMs),
  );
}

function sentence(report: PushReport, requests: number, durationMs: number): string {
  const { items, files, rejected, checked, project, dryRun } = report;
  const kinds = (['subjects', 'sessions', 'scans'] as const).map((kind) => {
    const { created, updated, unchanged } = items[kind];
    return `${kind.padEnd(9)} ${created} new, ${updated} changed, ${unchanged} unchanged`;
  });
  const stored = `files     ${files.stored} new, ${files.replaced} replaced, ${files.unchanged} unchanged`;
  const back = checked === undefined ? 'Nothing was written.' : `Read back and found as sent: ${checked}.`;
  const head = `${dryRun ? 'Would be pushed' : 'Pushed'} into project ${project}:`;
  const end = `${rejected.length} rejected; ${requests} requests, ${(durationMs / 1_000).toFixed(1)} s.`;
  return [head, ...kinds, stored, `${back} ${end}`].join('\n');
}
