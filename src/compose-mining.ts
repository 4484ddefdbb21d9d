import { readMiningResources, readShippedGazetteer } from './literature/adapters/mining-files.ts';
import { createMiner, type Miner } from './literature/index.ts';

const shippedFolder = new URL('../data/', import.meta.url);

/**
 * The miner with the shipped weights, dictionaries and names of datasets: what a command needs that has no catalog at hand.
 * @throws StartupError when a file of `data/` is missing or damaged
 */
export function openMiner(): Miner {
  return createMiner(readMiningResources(shippedFolder), readShippedGazetteer(shippedFolder));
}
