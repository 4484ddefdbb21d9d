export type { SimUser } from './accounts.ts';
export type { Simulation } from './simulation.ts';
