import { Command } from 'commander';
import { register as a } from '/work/wt-xnat/bin/commands/xnat-simulator.ts';
import { register as b } from '/work/wt-xnat/bin/commands/xnat-probe.ts';
const p = new Command('mia'); a(p); b(p); await p.parseAsync();
