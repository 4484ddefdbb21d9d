import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow by a quarter before it is collected again, instead of up to fourfold. V8 takes what the machine has: a command that
 * turns over much and keeps little grew to 638 MB so, and to 273 MB with this, in about the same time (a first mirror of 116,040 series).
 */
export function keepHeapModest(): void {
  setFlagsFromString('--heap-growing-percent=25');
  setFlagsFromString('--semi-space-growth-factor=1');
}
