import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Adds to package-lock.json the optional packages of other platforms that a registry mirror does not serve. `npm install` leaves
 * out what it cannot look up, and `npm ci` then refuses the whole lock; an entry with version and platform is all that it needs,
 * because a package of another platform is never fetched. Run after every change of dependencies: `npm run lock`.
 */
const entrySchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });

const file = 'package-lock.json';
const lock = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (platform === undefined || places.some((place) => place in lock.packages)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platform,
      ...(entry.dev === true && { dev: true }),
      optional: true,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);

/** What the name of a platform package says: `…-linux-x64-musl`. */
function platformOf(name: string): Readonly<Record<string, unknown>> | undefined {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32|wasm32)(?:-|$)(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)?(?:-(musl|gnu|glibc|msvc))?/.exec(
      name,
    );
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const libc = match[3] === 'musl' ? ['musl'] : match[3] === 'gnu' || match[3] === 'glibc' ? ['glibc'] : undefined;
  return { os: [match[1]], cpu: [match[2]], ...(libc !== undefined && { libc }) };
}
