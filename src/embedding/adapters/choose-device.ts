import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from '../../kernel/errors.ts';

/** Where a network runs; the names of transformers.js. */
export type Device = 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu';

/** Execution providers that onnxruntime keeps in a library of their own, beside its main one. */
const providerLibraries: Partial<Record<Device, string>> = { cuda: 'libonnxruntime_providers_cuda.so' };
/** Platforms whose onnxruntime build has the provider inside. */
const builtIn: Partial<Record<Device, readonly string[]>> = {
  coreml: ['darwin'],
  dml: ['win32'],
  webgpu: ['linux', 'darwin', 'win32'],
};

/**
 * Refuses a device that this installation cannot run on: onnxruntime would quietly fall back to the CPU and a GPU machine would
 * crawl unnoticed.
 * @throws StartupError naming what is missing
 */
export function requireDevice(device: Device): Device {
  if (device === 'cpu') return device;
  const folder = nativeFolder();
  const library = providerLibraries[device];
  if (library !== undefined) {
    if (existsSync(join(folder, library))) return device;
    throw new StartupError(
      `The encoder was asked to run on ${device}, but ${join(folder, library)} is absent. ` +
        'Install the GPU libraries of onnxruntime-node there (onnxruntime-node-install=cuda12 npm rebuild onnxruntime-node), or choose device cpu.',
    );
  }
  if (builtIn[device]?.includes(process.platform) === true) return device;
  throw new StartupError(
    `The encoder was asked to run on ${device}, which onnxruntime does not have on ${process.platform}.`,
  );
}

function nativeFolder(): string {
  // Below transformers.js when npm did not hoist it: resolve it from there.
  const fromTransformers = createRequire(createRequire(import.meta.url).resolve('@huggingface/transformers'));
  const entry = fromTransformers.resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}
