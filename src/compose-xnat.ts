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

/** Starts the XNAT simulator. @throws StartupError when data are missing or the port is taken */
export function startXnatSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  return startSimulator(options);
}
