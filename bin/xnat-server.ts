import { connectXnat } from '../src/compose-xnat.ts';
import type { Config } from '../src/config.ts';
import { StartupError } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';
import type { XnatServer } from '../src/xnat/index.ts';

/**
 * The XNAT server of this name. The environment names one address and account, which go by whatever name is asked for.
 * @throws StartupError when there is none
 */
export function connectServerNamed(name: string, config: Config, logger: Logger): XnatServer {
  const { xnat } = config;
  if (xnat === null)
    throw new StartupError(`There is no XNAT server ${name}: set XNAT_URL, XNAT_USER and XNAT_PASSWORD.`);
  const { url, account, allowPrivate } = xnat;
  const credentials =
    account === null
      ? ({ kind: 'guest' } as const)
      : ({ kind: 'password', login: account.user, password: account.password } as const);
  return connectXnat({ url, credentials, allowPrivate, logger });
}
