import { z } from 'zod';
import { InvalidInputError } from '../kernel/errors.ts';
import { cliPrincipal } from './system-principal.ts';

const visibleText = (longest: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\s\p{C}](?:[^\p{C}]*[^\s\p{C}])?$/u);

/** Name of a principal: one of ours, `oidc:{issuer}:{sub}`, `xnat:{server}:{login}`. */
const principalName = visibleText(600);
const tokenName = visibleText(100);

/**
 * A principal's name, checked.
 * @throws InvalidInputError unless it has 1 to 600 characters, all visible, and is nobody of the system
 */
export function parsePrincipalName(name: string): string {
  if (principalName.safeParse(name).success && name !== cliPrincipal.name) return name;
  throw new InvalidInputError(
    '`principal` must have 1 to 600 visible characters and not begin or end with a blank, such as `xnat:cnda:jane`; `cli` is taken.',
    { fields: ['principal'] },
  );
}

/**
 * A token's name, checked.
 * @throws InvalidInputError unless it has 1 to 100 characters, all visible
 */
export function parseTokenName(name: string): string {
  if (tokenName.safeParse(name).success) return name;
  throw new InvalidInputError(
    '`name` must have 1 to 100 visible characters and not begin or end with a blank: say what the token is for.',
    { fields: ['name'] },
  );
}
