import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Server version; the client in package.json is of the same major. */
export const elasticsearchVersion = '9.5.3';

const cache = new URL('../../node_modules/.cache/elasticsearch/', import.meta.url).pathname;
const pluginSource = new URL('./elasticsearch-plugin/', import.meta.url).pathname;
const pluginName = 'catalog-test-root';

/** A server on disk, ready to be started. */
export interface ElasticsearchInstallation {
  readonly home: string;
  readonly jdk: string;
}

/** Why a server cannot be had here; tests and benchmarks that need one are then skipped, saying so. */
export class ElasticsearchUnavailable extends Error {}

/**
 * Elastic's minimal distribution from Maven Central (the artifact is not in the repository's version list but resolves by
 * number), unpacked into the build cache with a plugin of one route compiled against its own jars.
 * @throws ElasticsearchUnavailable when there is no JDK 21 or Maven cannot fetch it
 */
export async function installElasticsearch(): Promise<ElasticsearchInstallation> {
  const jdk = await findJdk();
  const home = join(cache, `elasticsearch-${elasticsearchVersion}`);
  if (!existsSync(join(home, 'plugins', pluginName, 'plugin.jar'))) await build(jdk, home);
  return { home, jdk };
}

async function build(jdk: string, home: string): Promise<void> {
  const work = join(cache, `build-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    await fetchArchive(work);
    // The JDK unzips too, so no further tool is needed; it drops the executable bits.
    await run(join(jdk, 'bin/jar'), ['--extract', '--file', `elasticsearch-${elasticsearchVersion}.zip`], {
      cwd: work,
    });
    const unpacked = join(work, `elasticsearch-${elasticsearchVersion}`);
    for (const file of readdirSync(join(unpacked, 'bin'))) chmodSync(join(unpacked, 'bin', file), 0o755);
    await buildPlugin(jdk, work, unpacked);
    rmSync(home, { recursive: true, force: true });
    renameSync(unpacked, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchArchive(folder: string): Promise<void> {
  const artifact = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${elasticsearchVersion}:zip`;
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
  try {
    await run('mvn', ['-q', '-B', goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`], {
      cwd: folder,
      timeout: 300_000,
    });
  } catch (error) {
    throw new ElasticsearchUnavailable(`Maven could not fetch ${artifact}`, { cause: error });
  }
}

async function buildPlugin(jdk: string, work: string, unpacked: string): Promise<void> {
  const classes = join(work, 'classes');
  const target = join(unpacked, 'plugins', pluginName);
  mkdirSync(classes, { recursive: true });
  mkdirSync(target, { recursive: true });
  const source = join(pluginSource, 'RootPlugin.java');
  await run(join(jdk, 'bin/javac'), ['--release', '21', '-cp', join(unpacked, 'lib/*'), '-d', classes, source]);
  copyFileSync(join(pluginSource, 'plugin-descriptor.properties'), join(target, 'plugin-descriptor.properties'));
  await run(join(jdk, 'bin/jar'), ['--create', '--file', join(target, 'plugin.jar'), '-C', classes, '.']);
}

async function findJdk(): Promise<string> {
  const root = '/usr/lib/jvm';
  const installed = existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  for (const jdk of [process.env['JAVA_HOME'], ...installed]) {
    if (jdk === undefined || !existsSync(join(jdk, 'bin/javac'))) continue;
    const { stdout } = await run(join(jdk, 'bin/javac'), ['-version']);
    if (Number(/javac (\d+)/u.exec(stdout)?.[1] ?? 0) >= 21) return jdk;
  }
  throw new ElasticsearchUnavailable('Elasticsearch 9 needs a JDK 21 or newer: set JAVA_HOME');
}
