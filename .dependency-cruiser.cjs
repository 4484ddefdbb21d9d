/** The walls of the house: docs/architecture.md says what each room is for. One direction, leaves never meet. */
const upstream = {
  access: [],
  files: [],
  embedding: [],
  xnat: [],
  retrieval: ['access', 'embedding'],
  catalog: ['access', 'files'],
  harvest: ['access', 'catalog'],
  search: ['catalog', 'retrieval', 'embedding', 'access'],
  literature: ['catalog', 'retrieval', 'embedding', 'access'],
  pipelines: ['catalog', 'xnat', 'files', 'access'],
  fair: ['catalog', 'files', 'access'],
};
const any = Object.keys(upstream).join('|');
const drivers =
  '^node_modules/(typeorm|pg|pg-copy-streams|graphql|@apollo|@elastic|@huggingface|fastify|@fastify|jose|onnxruntime-node)(/|$)';
const node = '^(node:)?(child_process|fs|fs/promises|net|http|https|sqlite|worker_threads)(/|$)';
const ban = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    ban('no-circular', {}, { circular: true }),
    ban('kernel-is-bottom', { path: '^src/kernel/' }, { path: '^(src|ingest)/', pathNot: '^src/kernel/' }),
    ...Object.entries(upstream).map(([module, ups]) =>
      ban(
        `upstream-only:${module}`,
        { path: `^src/${module}/` },
        { path: `^src/(${any})/`, pathNot: `^src/(${[module, ...ups].join('|')})/` },
      ),
    ),
    ban(
      'front-door-only',
      { path: `^(?:src/(${any})/|ingest/)` },
      { path: `^src/(${any})/`, pathNot: ['^src/$1/', '/index\\.ts$'] },
    ),
    ban(
      'core-knows-no-technology',
      // The XNAT simulator's core answers requests without knowing a server: its sockets and files live in its own adapters.
      {
        path: `^src/(${any})/((model|simulator|mining)/)?[^/]+\\.ts$`,
        pathNot: '/(curation-)?(resolvers|routes)\\.ts$',
      },
      { path: ['/adapters/', '^src/(graphql|server|db)/', drivers, node] },
    ),
    ban(
      'edges-stay-thin',
      { path: '/(curation-)?(resolvers|routes)\\.ts$' },
      { path: ['/adapters/', '/[a-z-]*ports\\.ts$', '^src/db/', drivers.replace('graphql|', ''), node] },
    ),
    ban(
      'graphql-is-types-only',
      { path: '^src/graphql/' },
      { path: '^src/', pathNot: '^src/(graphql|kernel)/', dependencyTypesNot: ['type-only'] },
    ),
    ban(
      'edges-mounted-by-server',
      { pathNot: '^(src/server|test)/' },
      { path: '^src/[^/]+/(curation-)?(resolvers|routes)\\.ts$' },
    ),
    ban(
      'adapters-wired-in-compose',
      // compose-search, compose-literature, compose-discovery and compose-pipelines wire their parts for compose; compose-xnat and compose-mining wire what commands need without a catalog: the probe, the simulator, the miner.
      {
        pathNot: [
          '^src/compose(-(xnat|search|literature|mining|discovery|pipelines))?\\.ts$',
          '/adapters/',
          '^src/db/',
          '^(test|migrations|bench)/',
        ],
      },
      { path: '/adapters/' },
    ),
    ban('src-never-imports-ingest', { path: '^src/' }, { path: '^(ingest|test|migrations|bench)/' }),
    ban(
      'harvesters-are-siblings',
      { path: '^ingest/([^/]+)/' },
      { path: '^ingest/([^/]+)/', pathNot: ['^ingest/$1/', '^ingest/kit/'] },
    ),
    ban('nothing-imports-tests', { pathNot: '^(test|bench)/' }, { path: '^test/' }),
    ban(
      'config-is-the-only-reader',
      { path: '^src/', pathNot: '^src/(config|compose)\\.ts$' },
      { path: '^src/config\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
