import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Our own version, from package.json beside `src` (or beside `dist/src` in a build). */
export const softwareVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
