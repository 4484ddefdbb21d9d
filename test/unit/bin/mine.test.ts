import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mia-mine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function mia(...words: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['bin/mia.ts', ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('mia mine', () => {
  it('mines the good lines, tells the bad ones by number and ends with 3', { timeout: 60_000 }, async () => {
    const [file, out] = [join(folder, 'in.jsonl'), join(folder, 'out.jsonl')];
    const abstract = 'Sixty-three patients  were recruited.\nReads are deposited in GEO under accession GSE12345.';
    await writeFile(file, `${JSON.stringify({ id: 7, title: 'T', abstract })}\nnot json\n{"id":"b"}\n`);
    const { code, stdout, stderr } = await mia('mine', file, '--out', out, '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout.trim())).toMatchObject({ event: 'done', accepted: 1, rejected: 2, mentions: 1 });
    expect(stderr).toContain('line 2');
    expect(stderr).toContain('line 3');
    const mined = JSON.parse(await readFile(out, 'utf8')) as unknown;
    // Two spaces and a line break of the file are part of what offsets count.
    const start = `T\n\n${abstract}`.indexOf('GSE12345');
    expect(mined).toMatchObject({
      id: '7',
      cohortSize: 63,
      mentions: [{ start, end: start + 8, text: 'GSE12345', kind: 'ACCESSION', identifier: 'geo:GSE12345' }],
    });
  });

  it('leaves no output behind when the file cannot be read', { timeout: 60_000 }, async () => {
    const out = join(folder, 'none.jsonl');
    const { code, stderr } = await mia('mine', join(folder, 'absent.jsonl'), '--out', out);
    expect(code).toBe(1);
    expect(stderr).toContain('absent.jsonl');
    expect(existsSync(out) || existsSync(`${out}.part`)).toBe(false);
  });
});
