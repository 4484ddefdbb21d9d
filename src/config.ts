import { resolve } from 'node:path';
import { z } from 'zod';
import { StartupError } from './kernel/errors.ts';
import { maxPageSize } from './kernel/page.ts';
import type { Config, FusionConfig, LimitsConfig, LiteratureConfig, SlurmConfig, XnatConfig } from './settings.ts';

export type * from './settings.ts';

const port = z.coerce
  .number({ error: 'must be a number' })
  .int('must be a whole number')
  .min(0, 'must be from 0 to 65535')
  .max(65_535, 'must be from 0 to 65535');

/** Plain http only on this machine: whoever sits between could hand out keys of their own. */
const issuer = z
  .url({ protocol: /^https?$/, error: 'must be an https address' })
  .refine(
    (url) => url.startsWith('https:') || /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(url),
    'must be an https address (http only on this machine)',
  );
const yesOrNo = z.enum(['0', '1'], { error: 'must be 0 or 1' });
const atLeastOne = z.coerce
  .number({ error: 'must be a number' })
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(2 ** 31 - 1, 'must be below 2147483648');
/** `BURST/PER_SECOND`, such as `3000/300`. */
const rate = z
  .string()
  .regex(/^[1-9]\d{0,11}\/[1-9]\d{0,11}$/, 'must be a burst and an amount per second, such as 3000/300')
  .transform((text) => {
    const [burst = 0, perSecond = 0] = text.split('/').map(Number);
    return { burst, perSecond };
  });

/** What one request, and all of them together, may ask for; `docs/operations.md` says how to choose. */
const limits = {
  MIA_LIMIT_BODY_BYTES: atLeastOne.default(1_048_576),
  MIA_LIMIT_TOKENS: atLeastOne.default(2_000),
  // The introspection query of graphql-js nests 15 deep.
  MIA_LIMIT_DEPTH: atLeastOne.default(16),
  MIA_LIMIT_FIELDS: atLeastOne.default(1_000),
  MIA_LIMIT_ALIASES: atLeastOne.default(50),
  MIA_LIMIT_ROOT_FIELDS: atLeastOne.default(20),
  MIA_LIMIT_DIRECTIVES: atLeastOne.default(20),
  MIA_LIMIT_INPUT_DEPTH: atLeastOne.default(20),
  MIA_LIMIT_PAGE_SIZE: atLeastOne.max(maxPageSize, `must be at most ${maxPageSize}`).default(maxPageSize),
  MIA_LIMIT_COST: atLeastOne.default(200_000),
  MIA_LIMIT_OPERATION_MS: atLeastOne.default(10_000),
  // One thread answers: more at a time only makes each of them live longer, and the garbage collector copy it again.
  MIA_LIMIT_CONCURRENT_COST: atLeastOne.default(250_000),
  MIA_LIMIT_QUEUE_MS: atLeastOne.default(5_000),
  MIA_LIMIT_QUEUE_LENGTH: atLeastOne.default(500),
  MIA_RUNS_OPEN: atLeastOne.default(20),
  MIA_RUNS_GPUS: atLeastOne.default(4),
  MIA_RUNS_SETTLE_S: atLeastOne.default(120),
  MIA_RUNS_GPU_HOURS: atLeastOne.default(500),
  MIA_RATE_REQUESTS: rate.default({ burst: 3_000, perSecond: 300 }),
  MIA_RATE_GUEST: rate.default({ burst: 1_000_000, perSecond: 50_000 }),
  MIA_RATE_PRINCIPAL: rate.default({ burst: 5_000_000, perSecond: 100_000 }),
};

const environment = z.object({
  ...limits,
  MIA_INTROSPECTION: yesOrNo.default('1'),
  MIA_SANDBOX: yesOrNo.default('1'),
  MIA_PERSISTED_FOLDER: z.string().optional(),
  MIA_PERSISTED_ONLY: yesOrNo.default('0'),
  MIA_COMPILE: yesOrNo.default('1'),
  MIA_TRUSTED_PROXIES: z.string().optional(),
  PORT: port.default(4000),
  HOST: z.string().default('127.0.0.1'),
  MIA_HOME: z.string().default('.mia'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgresql://')
    .optional(),
  MIA_ADMIN_TOKEN: z
    .string()
    .regex(/^[\w.~+/=-]{32,}$/, 'must have at least 32 characters, all of them letters, digits or one of . _ ~ + / = -')
    .optional(),
  MIA_ENCODER_DEVICE: z
    .enum(['cpu', 'cuda', 'coreml', 'dml', 'webgpu'], { error: 'must be cpu, cuda, coreml, dml or webgpu' })
    .default('cpu'),
  MIA_ENCODER_THREADS: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(64, 'must be at most 64')
    .default(2),
  ELASTICSEARCH_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  MIA_MODEL: z.string().max(1_000).default('minilm'),
  XNAT_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  XNAT_NAME: z
    .string()
    .regex(/^[\w.-]{1,60}$/, 'must be 1 to 60 letters, digits or one of . _ -')
    .optional(),
  XNAT_USER: z.string().max(1_000).optional(),
  XNAT_PASSWORD: z.string().max(1_000).optional(),
  XNAT_ALLOW_PRIVATE: yesOrNo.default('0'),
  XNAT_CA: z.string().optional(),
  XNAT_MAPPING: z.string().optional(),
  XNAT_INTERVAL_S: atLeastOne.default(900),
  MIA_RERANKER: z.string().max(1_000).default('none'),
  MIA_FUSION_DATASETS: z
    .string()
    .regex(
      /^(?:scores|rrf)(?::\d+(?:\.\d+)?){2,3}$/,
      'must be METHOD:WORDS:MEANING[:K], such as scores:0.65:0.35 or rrf:1:1:20',
    )
    .optional(),
  MIA_ARTICLE_VECTORS: z
    .string()
    .regex(/^(?:none|all|(?:fulltext|cue)(?:,(?:fulltext|cue))*)$/, 'must be none, all, or some of fulltext,cue')
    .default('fulltext,cue'),
  MIA_EMBED_LEASE_S: atLeastOne.default(600),
  HF_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('https://huggingface.co'),
  ENTREZ_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('https://eutils.ncbi.nlm.nih.gov/entrez/eutils'),
  NCBI_API_KEY: z.string().max(1_000).optional(),
  NCBI_EMAIL: z.email('must be an e-mail address').optional(),
  EUROPEPMC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .default('https://www.ebi.ac.uk/europepmc/webservices/rest'),
  OIDC_ISSUER: issuer.optional(),
  OIDC_AUDIENCE: z.string().max(1_000).default('mia-catalog'),
  SLURM_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  SLURM_USER: z.string().max(200).optional(),
  SLURM_JWT_FILE: z.string().max(1_000).optional(),
  SLURM_PARTITION: z.string().max(200).optional(),
  SLURM_ACCOUNT: z.string().max(200).optional(),
  MIA_RUNS_FOLDER: z.string().max(1_000).optional(),
  MIA_PIPELINES_FOLDER: z.string().max(1_000).optional(),
  MIA_LOCAL_UNSANDBOXED: yesOrNo.default('0'),
  MIA_EMPTY: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
});

/**
 * Reads the environment. An empty variable counts as not set.
 * @throws StartupError that names the variable and says what it must be
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new StartupError(`The environment is not right: ${faults.join('; ')}.`);
  }
  const values = parsed.data;
  return {
    http: { host: values.HOST, port: values.PORT },
    home: resolve(values.MIA_HOME),
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    adminToken: values.MIA_ADMIN_TOKEN ?? null,
    xnat: xnatOf(values),
    oidc: values.OIDC_ISSUER === undefined ? null : { issuer: values.OIDC_ISSUER, audience: values.OIDC_AUDIENCE },
    encoder: { device: values.MIA_ENCODER_DEVICE, threads: values.MIA_ENCODER_THREADS },
    searchModel: values.MIA_MODEL,
    reranker: values.MIA_RERANKER,
    datasetFusion: values.MIA_FUSION_DATASETS === undefined ? null : fusionOf(values.MIA_FUSION_DATASETS),
    literature: {
      vectors: vectorsOf(values.MIA_ARTICLE_VECTORS),
      embedLeaseMs: values.MIA_EMBED_LEASE_S * 1_000,
    },
    modelHubUrl: values.HF_ENDPOINT.replace(/\/+$/, ''),
    elasticsearchUrl: values.ELASTICSEARCH_URL ?? null,
    articleServices: {
      entrez: {
        url: values.ENTREZ_URL.replace(/\/+$/, ''),
        apiKey: values.NCBI_API_KEY ?? null,
        email: values.NCBI_EMAIL ?? null,
      },
      europePmcUrl: values.EUROPEPMC_URL.replace(/\/+$/, ''),
    },
    loadShipped: values.MIA_EMPTY === '0',
    runs: {
      openRuns: values.MIA_RUNS_OPEN,
      openGpus: values.MIA_RUNS_GPUS,
      settleMs: values.MIA_RUNS_SETTLE_S * 1_000,
      gpuHours: values.MIA_RUNS_GPU_HOURS,
      folder: values.MIA_RUNS_FOLDER === undefined ? null : resolve(values.MIA_RUNS_FOLDER),
      pipelinesFolder: values.MIA_PIPELINES_FOLDER === undefined ? null : resolve(values.MIA_PIPELINES_FOLDER),
      unsandboxed: values.MIA_LOCAL_UNSANDBOXED === '1',
    },
    packageEnvironment: packageEnvironmentOf(set),
    slurm: slurmOf(values),
    limits: limitsOf(values),
    api: {
      introspection: values.MIA_INTROSPECTION === '1',
      sandbox: values.MIA_SANDBOX === '1',
      persistedFolder: values.MIA_PERSISTED_FOLDER === undefined ? null : resolve(values.MIA_PERSISTED_FOLDER),
      persistedOnly: values.MIA_PERSISTED_ONLY === '1',
      compile: values.MIA_COMPILE === '1',
      trustedProxies: (values.MIA_TRUSTED_PROXIES ?? '')
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    },
  };
}

function slurmOf(values: z.infer<typeof environment>): SlurmConfig | null {
  const { SLURM_URL: url, SLURM_USER: user, SLURM_JWT_FILE: jwtFile } = values;
  if (url === undefined && user === undefined && jwtFile === undefined) return null;
  if (url === undefined || user === undefined || jwtFile === undefined)
    throw new StartupError(
      'The environment is not right: SLURM_URL, SLURM_USER and SLURM_JWT_FILE must be set together.',
    );
  return {
    url: url.replace(/\/+$/, ''),
    user,
    jwtFile: resolve(jwtFile),
    partition: values.SLURM_PARTITION,
    account: values.SLURM_ACCOUNT,
  };
}

/** What pip and an interpreter need to know of this machine; nothing else of the environment reaches them. */
function packageEnvironmentOf(set: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const told = Object.entries(set).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      /^(?:PATH|PIP_\w+|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|(?:https?|no|all)_proxy)$/i.test(entry[0]),
  );
  return Object.fromEntries(told);
}

function xnatOf(values: z.infer<typeof environment>): XnatConfig | null {
  const { XNAT_URL: url, XNAT_USER: user, XNAT_PASSWORD: password } = values;
  if ((user === undefined) !== (password === undefined))
    throw new StartupError('The environment is not right: XNAT_USER and XNAT_PASSWORD must be set together.');
  if (url === undefined) return null;
  return {
    url: url.replace(/\/+$/, ''),
    name: values.XNAT_NAME ?? null,
    account: user === undefined || password === undefined ? null : { user, password },
    allowPrivate: values.XNAT_ALLOW_PRIVATE === '1',
    caFile: values.XNAT_CA === undefined ? null : resolve(values.XNAT_CA),
    mappingFile: values.XNAT_MAPPING === undefined ? null : resolve(values.XNAT_MAPPING),
    intervalS: values.XNAT_INTERVAL_S,
  };
}

function vectorsOf(text: string): LiteratureConfig['vectors'] {
  const parts = text.split(',');
  return { all: text === 'all', fullText: parts.includes('fulltext'), dataCue: parts.includes('cue') };
}

function fusionOf(text: string): FusionConfig {
  const [method, words, meaning, k] = text.split(':');
  return {
    method: method === 'rrf' ? 'rrf' : 'scores',
    lexicalWeight: Number(words),
    semanticWeight: Number(meaning),
    k: k === undefined ? undefined : Number(k),
  };
}

function limitsOf(values: z.infer<typeof environment>): LimitsConfig {
  return {
    bodyBytes: values.MIA_LIMIT_BODY_BYTES,
    tokens: values.MIA_LIMIT_TOKENS,
    depth: values.MIA_LIMIT_DEPTH,
    fields: values.MIA_LIMIT_FIELDS,
    aliases: values.MIA_LIMIT_ALIASES,
    rootFields: values.MIA_LIMIT_ROOT_FIELDS,
    directives: values.MIA_LIMIT_DIRECTIVES,
    inputDepth: values.MIA_LIMIT_INPUT_DEPTH,
    pageSize: values.MIA_LIMIT_PAGE_SIZE,
    cost: values.MIA_LIMIT_COST,
    operationMs: values.MIA_LIMIT_OPERATION_MS,
    concurrentCost: values.MIA_LIMIT_CONCURRENT_COST,
    queueMs: values.MIA_LIMIT_QUEUE_MS,
    queueLength: values.MIA_LIMIT_QUEUE_LENGTH,
    requestRate: values.MIA_RATE_REQUESTS,
    guestRate: values.MIA_RATE_GUEST,
    principalRate: values.MIA_RATE_PRINCIPAL,
  };
}
