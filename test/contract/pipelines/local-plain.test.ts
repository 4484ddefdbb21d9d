import { LocalLauncher } from '../../../src/pipelines/adapters/local-launcher.ts';
import { describeLauncher } from './launcher-contract.ts';

const launcher = (): LocalLauncher => new LocalLauncher({ unsandboxed: true, logBytes: 1_000_000, isolations: [] });

describeLauncher('local, plain process', { launcher, again: launcher, patienceMs: 9_000 });
