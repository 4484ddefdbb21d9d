import { resolve } from 'node:path';
import { z } from 'zod';
import { StartupError } from './kernel/errors.ts';

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

const environment = z.object({
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
  OIDC_ISSUER: issuer.optional(),
  OIDC_AUDIENCE: z.string().max(1_000).default('mia-catalog'),
  MIA_EMPTY: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0'),
});

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
  /** Whose JSON Web Tokens are good here; null means nobody's. */
  readonly oidc: { readonly issuer: string; readonly audience: string } | null;
  /** Where texts are encoded: a device that is not there is refused, never replaced by the CPU. */
  readonly encoder: { readonly device: 'cpu' | 'cuda' | 'coreml' | 'dml' | 'webgpu'; readonly threads: number };
  /** Whether the first start loads the shipped records. */
  readonly loadShipped: boolean;
}

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
    oidc: values.OIDC_ISSUER === undefined ? null : { issuer: values.OIDC_ISSUER, audience: values.OIDC_AUDIENCE },
    encoder: { device: values.MIA_ENCODER_DEVICE, threads: values.MIA_ENCODER_THREADS },
    loadShipped: values.MIA_EMPTY === '0',
  };
}
