import { spawnSync } from 'node:child_process';

/** The quick gate, in the order in which a fault is cheapest to find. Stops at the first one. */
const steps: readonly (readonly [name: string, ...command: string[]])[] = [
  ['codegen', 'graphql-codegen', '--config', 'codegen.ts', '--silent'],
  ['format', 'biome', 'check', '--linter-enabled=false', '.'],
  ['lint', 'npm', 'run', '--silent', 'lint'],
  ['walls', 'npm', 'run', '--silent', 'walls'],
  ['types', 'npm', 'run', '--silent', 'types'],
  ['unit and contract tests', 'vitest', 'run', '--project', 'unit', '--project', 'contract'],
];

for (const [name, command, ...args] of steps) {
  const began = performance.now();
  const { status } = spawnSync(command ?? '', args, { stdio: 'inherit' });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'}  ${name}  ${seconds} s\n`);
  if (status !== 0) process.exit(1);
}
