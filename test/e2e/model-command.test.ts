import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encoderProfile } from '../../src/embedding/index.ts';
import { makeHome, runMia } from '../kit/mia-process.ts';
import { type ModelHub, startModelHub } from '../kit/model-hub.ts';
import { writeRandomBert } from '../kit/random-bert.ts';

const name = 'pubmedbert';
const { hubId = '', revision = '', folder } = encoderProfile(name).document;

describe('mia model', () => {
  const root = mkdtempSync(join(tmpdir(), 'mia-hub-'));
  const { home, remove } = makeHome();
  let hub: ModelHub;
  const mia = (...args: string[]) => runMia(['model', ...args, '--json'], { MIA_HOME: home, HF_ENDPOINT: hub.url });
  const installed = (path: string): string => join(home, 'models', folder, path);

  beforeAll(async () => {
    // A small random network in the place of the real one: the same shape, 768 numbers.
    writeRandomBert(root, { weights: 'onnx/model_quantized.onnx' });
    hub = await startModelHub(root, revision);
  });
  beforeEach(() => {
    hub.commit = revision;
    hub.lies = false;
    rmSync(join(home, 'models'), { recursive: true, force: true });
  });
  afterAll(async () => {
    await hub.close();
    rmSync(root, { recursive: true, force: true });
    await remove();
  });

  it('lists encoders and cross-encoders, the shipped one installed, the others with their commits', async () => {
    const { events, code } = await mia('list');
    const models: any[] = events.at(-1).models;
    expect(code).toBe(0);
    expect(models.find((model) => model.name === 'minilm')).toMatchObject({ kind: 'encoder', installed: true });
    expect(models.find((model) => model.name === name)).toMatchObject({
      installed: false,
      sources: [{ hubId, revision: expect.stringMatching(/^[0-9a-f]{40}$/) as string }],
    });
    expect(models.filter((model) => model.kind === 'reranker').length).toBeGreaterThan(0);
  });

  it('installs from the pinned commit, records what it got, and checks it again later', async () => {
    const { events, code } = await mia('install', name);
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ state: 'installed', commits: [`${hubId}@${revision}`] });
    expect(hub.asked).toContain(`GET /${hubId}/resolve/${revision}/onnx/model_quantized.onnx`);
    const record = JSON.parse(readFileSync(installed('mia-install.json'), 'utf8'));
    expect(record).toMatchObject({ hubId, revision, commit: revision });

    const checked = await mia('check', name);
    expect(checked.events.at(-1)).toMatchObject({ identity: { profile: name, dimension: 768 }, sentences: 12 });
    const states = checked.events.at(-1).files.map((file: any) => file.state);
    expect(new Set(states)).toEqual(new Set(['as installed']));

    appendFileSync(installed('onnx/model_quantized.onnx'), 'x');
    const changed = await mia('check', name);
    expect(changed.code).toBe(1);
    expect(changed.told.join('\n')).toContain('is not the file that was installed');
  }, 60_000);

  it('installs nothing of another commit, or with another checksum', async () => {
    hub.commit = 'f'.repeat(40);
    const other = await mia('install', name);
    expect(other.code).toBe(1);
    expect(other.told.join('\n')).toContain(`is of the commit ${hub.commit}, not of ${revision}`);
    hub.commit = revision;
    hub.lies = true;
    const damaged = await mia('install', name);
    expect(damaged.code).toBe(1);
    expect(damaged.told.join('\n')).toContain('the hub says');
    const models: any[] = (await mia('list')).events.at(-1).models;
    expect(models.find((model) => model.name === name).installed).toBe(false);
  }, 60_000);

  it('says which file to put where when the hub is away', async () => {
    const env = { MIA_HOME: home, HF_ENDPOINT: 'http://127.0.0.1:9' };
    const { code, told } = await runMia(['model', 'install', name, '--json'], env);
    expect(code).toBe(1);
    expect(told.join('\n')).toContain(
      `${installed('onnx/model_quantized.onnx')} (from ${hubId}: onnx/model_quantized.onnx)`,
    );
  }, 60_000);

  it('refuses a device that is not there instead of falling back to the CPU', async () => {
    const env = { MIA_HOME: home, MIA_ENCODER_DEVICE: 'coreml' };
    const { code, told } = await runMia(['model', 'check', 'minilm', '--json'], env);
    expect(code).toBe(1);
    expect(told.join('\n')).toContain(`asked to run on coreml, which onnxruntime does not have on ${process.platform}`);
  }, 60_000);

  it('finds the shipped encoder sound and as it was shipped', async () => {
    const { code, events } = await mia('check', 'minilm');
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ sound: true, identity: { dimension: 384, similarity: 'cosine' } });
    expect(events.at(-1).files.map((file: any) => file.state)).toEqual(Array(4).fill('as installed'));
  }, 60_000);
});
