import { expect, it } from 'vitest';
import { circuitBreaker } from '../../../src/kernel/circuit-breaker.ts';
import { InvalidInputError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';

it('leaves an upstream alone after it was away, and only then, for so long', async () => {
  let now = 0;
  let asked = 0;
  const guard = circuitBreaker('the index', 1000, () => now);
  const ask = (error?: Error) =>
    guard(() => {
      asked++;
      return error === undefined ? Promise.resolve('answer') : Promise.reject(error);
    });
  await expect(ask(new InvalidInputError('wrong'))).rejects.toBeInstanceOf(InvalidInputError);
  expect(await ask()).toBe('answer');
  await expect(ask(new UpstreamUnavailableError('away'))).rejects.toThrow('away');
  now = 999;
  await expect(ask()).rejects.toThrow('the index was away a moment ago');
  expect(asked).toBe(3);
  now = 1000;
  expect(await ask()).toBe('answer');
});
