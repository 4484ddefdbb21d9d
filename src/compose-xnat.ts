import { readFileSync } from 'node:fs';
import type { XnatConfig } from './config.ts';
import { messageOf, StartupError } from './kernel/errors.ts';
import type { Logger } from './kernel/logger.ts';
import { HttpXnatServer, type HttpXnatServerOptions } from './xnat/adapters/http-xnat-server.ts';
import type { XnatServer } from './xnat/index.ts';
import { idcCollections } from './xnat/simulator/adapters/load-idc.ts';
import {
  type RunningSimulator,
  type SimulatorOptions,
  startSimulator,
} from './xnat/simulator/adapters/start-simulator.ts';

export type { SimulatorOptions };

/** Collections the simulator can load from the shipped extracts. */
export const simulatorCollections: readonly string[] = idcCollections;

/** A connection to an XNAT; it logs in at the first request. @throws InvalidInputError for a forbidden address */
export function connectXnat(options: HttpXnatServerOptions & { readonly logger: Logger }): XnatServer {
  return new HttpXnatServer(options);
}

const aliasForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A connection to the XNAT of the environment. A user that looks like an alias is one, with its secret as the password.
 * @throws StartupError when the certificate authority's file cannot be read
 * @throws InvalidInputError for a forbidden address
 */
export function connectConfiguredXnat(xnat: XnatConfig, logger: Logger): XnatServer {
  const { account } = xnat;
  return connectXnat({
    url: xnat.url,
    credentials:
      account === null
        ? { kind: 'guest' }
        : aliasForm.test(account.user)
          ? { kind: 'alias', alias: account.user, secret: account.password }
          : { kind: 'password', login: account.user, password: account.password },
    allowPrivate: xnat.allowPrivate,
    ca: xnat.caFile === null ? undefined : readAuthority(xnat.caFile),
    logger,
  });
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartupError(`XNAT_CA: cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Starts the XNAT simulator. @throws StartupError when data are missing or the port is taken */
export function startXnatSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  return startSimulator(options);
}
