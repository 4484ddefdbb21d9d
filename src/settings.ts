/** Everything the process is told from outside; one nullable block per capability. */
export interface Config {
  readonly http: { readonly host: string; readonly port: number };
  /** Folder of the embedded database and of everything else that is kept on this machine. */
  readonly home: string;
  /** Base of the IRIs we mint; null means the served address. */
  readonly publicUrl: string | null;
  /** A PostgreSQL of the operator's; null means the embedded one. */
  readonly databaseUrl: string | null;
  readonly adminToken: string | null;
  /** The XNAT that is mirrored; null means none. */
  readonly xnat: XnatConfig | null;
  /** Whose JSON Web Tokens are good here; null means nobody's. */
  readonly oidc: { readonly issuer: string; readonly audience: string } | null;
  /** Where texts are encoded: a device that is not there is refused, never replaced by the CPU. */
  readonly encoder: { readonly device: 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu'; readonly threads: number };
  /** What search by meaning encodes with: a profile, a model folder, or `none`. */
  readonly searchModel: string;
  /** Cross-encoder that orders the first hits anew: a profile, a model folder, or `none`. */
  readonly reranker: string;
  /** How words and meaning are weighted in the index of datasets; null means as shipped. */
  readonly datasetFusion: FusionConfig | null;
  /** Where models are installed from: the Hugging Face hub or a mirror of it. */
  readonly modelHubUrl: string;
  /** An Elasticsearch 9 for search; null means SQLite files in the home. */
  readonly elasticsearchUrl: string | null;
  readonly literature: LiteratureConfig;
  readonly articleServices: ArticleServicesConfig;
  /** Whether the first start loads the shipped records. */
  readonly loadShipped: boolean;
  readonly runs: RunsConfig;
  /** A Slurm that runs jobs; null means none. */
  readonly slurm: SlurmConfig | null;
  /** What pip is told when an environment of a pipeline is made: PATH, index of packages, proxy. */
  readonly packageEnvironment: Readonly<Record<string, string>>;
  readonly limits: LimitsConfig;
  readonly api: ApiConfig;
}

/** How a Slurm is reached. */
export interface SlurmConfig {
  /** Address of slurmrestd, without a trailing slash. */
  readonly url: string;
  readonly user: string;
  /** File with the token; read again for every call. */
  readonly jwtFile: string;
  readonly partition: string | undefined;
  readonly account: string | undefined;
}

/** What pipelines may take. */
export interface RunsConfig {
  /** Runs of one principal that have not ended. */
  readonly openRuns: number;
  /** Graphics processors of these. */
  readonly openGpus: number;
  /** Hours of graphics processors of one principal within 30 days. */
  readonly gpuHours: number;
  /** Folder of the jobs' folders, which every engine must see under the same path; null means `runs` in the home. */
  readonly folder: string | null;
  /** Folder of pipelines beside the shipped ones; null means none. */
  readonly pipelinesFolder: string | null;
  /** Whether jobs may run as plain processes where no sandbox can be had. */
  readonly unsandboxed: boolean;
  /** For how long jobs of a run that has ended are looked for. */
  readonly settleMs: number;
}

/** How an XNAT is reached. */
export interface XnatConfig {
  readonly url: string;
  /** Name of the data source; null means the one already known by this address, else `xnat`. */
  readonly name: string | null;
  /** Login or alias; the password is traded for an alias token at the first request. Null means as a guest. */
  readonly account: { readonly user: string; readonly password: string } | null;
  /** Whether private and loopback addresses, and plain http, are allowed. */
  readonly allowPrivate: boolean;
  /** File of a private certificate authority (PEM). */
  readonly caFile: string | null;
  /** File that says which project feeds which dataset; null means the one that is shipped. */
  readonly mappingFile: string | null;
  /** Seconds between two mirrorings by the role `ingest`. */
  readonly intervalS: number;
}

/** How papers are kept. */
export interface LiteratureConfig {
  /** Which are encoded as they come; the others when somebody asks for them. */
  readonly vectors: { readonly all: boolean; readonly fullText: boolean; readonly dataCue: boolean };
  /** After so long the articles of an encoding process that died are free again, in milliseconds. */
  readonly embedLeaseMs: number;
}

/** Where articles are asked for. */
export interface ArticleServicesConfig {
  /** NCBI's E-utilities or a mirror; key and e-mail are sent along where they are given. */
  readonly entrez: { readonly url: string; readonly apiKey: string | null; readonly email: string | null };
  /** Europe PMC's REST service or a mirror. */
  readonly europePmcUrl: string;
}

/** Fusion of one index. */
export interface FusionConfig {
  readonly method: 'rrf' | 'scores';
  readonly lexicalWeight: number;
  readonly semanticWeight: number;
  /** RRF's k; undefined means as shipped. */
  readonly k: number | undefined;
}

/** A token bucket. */
export interface RateConfig {
  /** What may be spent at once. */
  readonly burst: number;
  /** What flows back. */
  readonly perSecond: number;
}

/** What one request, and all of them together, may ask for. */
export interface LimitsConfig {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Lexical tokens of a document. */
  readonly tokens: number;
  /** Fields within fields. */
  readonly depth: number;
  /** Fields, fragments spread out; so for aliases, root fields and directives. */
  readonly fields: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** Lists and objects within one another in an argument or variable. */
  readonly inputDepth: number;
  /** Items of one page. */
  readonly pageSize: number;
  /** Most objects an answer could hold, by its page sizes. */
  readonly cost: number;
  /** Milliseconds from a request's arrival to its answer. */
  readonly operationMs: number;
  /** Sum of the costs of the operations that run at one time; cheap ones pass anyway. */
  readonly concurrentCost: number;
  /** Milliseconds an expensive operation waits for its turn, and how many may wait. */
  readonly queueMs: number;
  readonly queueLength: number;
  /** Requests of one address, whoever sends them. */
  readonly requestRate: RateConfig;
  /** Rows that guests of one address may read. */
  readonly guestRate: RateConfig;
  /** Rows that one principal may read. */
  readonly principalRate: RateConfig;
}

/** What the API offers. */
export interface ApiConfig {
  readonly introspection: boolean;
  /** The page for people who try queries. */
  readonly sandbox: boolean;
  /** Folder of documents that are known by their SHA-256. */
  readonly persistedFolder: string | null;
  /** Whether other documents are refused, except those of stewards and admins. */
  readonly persistedOnly: boolean;
  /** Whether documents that come again are compiled; off, the reference executor answers everything. */
  readonly compile: boolean;
  /** Addresses or networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}
