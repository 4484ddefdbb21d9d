import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { exportDecisions } from '../../src/literature/index.ts';
import { createLogger, createOutput } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

/** Reads the stored articles that are new, changed, or may name something else now, and makes candidates of what they say. */
export async function mineStored(json: boolean): Promise<void> {
  const output = createOutput(json);
  await withCatalog(async ({ literature }) => {
    const started = performance.now();
    let told = started;
    const report = await literature.discovery.mine(terminationSignal(), ({ mined, mentions }) => {
      if (performance.now() - told < 1_000) return;
      told = performance.now();
      output.event('progress', { mined, mentions }, `${mined} articles read, ${mentions} mentions`);
    });
    const open = await literature.discovery.candidates.count({ state: 'OPEN' });
    const { mined, unchanged, mentions } = report;
    const durationMs = Math.round(performance.now() - started);
    output.event(
      'done',
      { accepted: mined, unchanged, rejected: 0, mentions, openCandidates: open, durationMs },
      `${mined} articles read, ${unchanged} unchanged, ${mentions} mentions; ${open} candidates wait for a steward. ${durationMs} ms`,
    );
  });
}

/** Writes what stewards decided of candidates, one decision a line, for learning from. */
export async function writeDecisions(out: string, json: boolean): Promise<void> {
  await withCatalog(async ({ literature }) => {
    const target = out === '-' ? process.stdout : createWriteStream(out);
    const ended = out === '-' ? undefined : finished(target);
    ended?.catch(() => undefined);
    let decisions = 0;
    for await (const example of exportDecisions(literature.discovery.candidates)) {
      target.write(`${JSON.stringify(example)}\n`);
      decisions += 1;
    }
    if (ended !== undefined) {
      target.end();
      await ended.catch((error: unknown) => {
        throw new InvalidInputError(`${out} cannot be written: ${messageOf(error)}.`, {}, { cause: error });
      });
      createOutput(json).event('done', { accepted: decisions, unchanged: 0, rejected: 0 }, `${decisions} decisions`);
    }
  });
}

async function withCatalog(work: (app: Application) => Promise<void>): Promise<void> {
  const app = await openApplication(readConfig(), 'cli', createLogger('error'));
  try {
    await work(app);
  } finally {
    await app.close();
  }
}
