import type { EntitySchema } from 'typeorm';
import * as access from '../access/adapters/tables.ts';
import * as catalog from '../catalog/adapters/tables/index.ts';
import * as harvest from '../harvest/adapters/tables.ts';
import * as discovery from '../literature/adapters/discovery-tables.ts';
import * as literature from '../literature/adapters/tables.ts';
import * as pipelines from '../pipelines/adapters/tables.ts';
import * as search from '../search/adapters/tables.ts';

/** Every table of the product; migrations are checked against this list. */
export const entities: EntitySchema[] = [
  ...Object.values(access),
  ...Object.values(catalog),
  ...Object.values(harvest),
  ...Object.values(discovery),
  ...Object.values(pipelines),
  ...Object.values(literature),
  ...Object.values(search),
] as EntitySchema[];
