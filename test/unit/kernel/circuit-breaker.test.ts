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

it('leaves it alone for as long as it was silent, and lets one caller find out whether it is back', async () => {
  let now = 0;
  const guard = circuitBreaker('the index', 1000, () => now);
  const silentFor = (ms: number) =>
    guard(() => {
      now += ms;
      return Promise.reject(new UpstreamUnavailableError('silent'));
    });
  await expect(silentFor(5000)).rejects.toThrow('silent');
  now = 9_999;
  await expect(silentFor(0)).rejects.toThrow('a moment ago');
  now = 10_000;
  const answering = Promise.withResolvers<string>();
  const first = guard(() => answering.promise);
  await expect(silentFor(0)).rejects.toThrow('a moment ago');
  answering.resolve('back');
  expect(await first).toBe('back');
  expect(await guard(() => Promise.resolve('for all'))).toBe('for all');
});

it('lets the next caller find out when the first hung up or never ends', async () => {
  let now = 0;
  const guard = circuitBreaker('the index', 1000, () => now);
  const work = (error: Error) => guard(() => Promise.reject(error));
  await expect(work(new UpstreamUnavailableError('away'))).rejects.toThrow('away');
  now = 1000;
  await expect(work(new Error('hung up'))).rejects.toThrow('hung up');
  void guard(() => new Promise(() => undefined));
  now = 2000;
  expect(await guard(() => Promise.resolve('back'))).toBe('back');
});
