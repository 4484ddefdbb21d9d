export * from './dataset-tables.ts';
export * from './row-tables.ts';
export * from './vocabulary-tables.ts';
