import { connectConfiguredXnat } from '../src/compose-xnat.ts';
import type { Config } from '../src/config.ts';
import { StartupError } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';
import type { XnatServer } from '../src/xnat/index.ts';

/**
 * The XNAT server of this name. The environment has one, which goes by any name unless XNAT_NAME gives it one.
 * @throws StartupError when there is none of that name
 */
export function connectServerNamed(name: string, { xnat }: Config, logger: Logger): XnatServer {
  if (xnat === null)
    throw new StartupError(`There is no XNAT server ${name}: set XNAT_URL, XNAT_USER and XNAT_PASSWORD.`);
  if (xnat.name !== null && xnat.name !== name)
    throw new StartupError(`There is no XNAT server ${name}: the one of XNAT_URL is called ${xnat.name} (XNAT_NAME).`);
  return connectConfiguredXnat(xnat, logger);
}
