import { EntitySchema } from 'typeorm';
import { flag, id, instant, json, now, references, text, texts, uuid } from '../../db/columns.ts';

/** A search that somebody keeps, to be told what is new since they looked. */
export const savedSearchTable = new EntitySchema({
  name: 'saved_search',
  columns: {
    id,
    principalId: uuid,
    name: text,
    text,
    where: { ...json, name: 'filter' },
    literal: flag,
    ignoreWords: texts,
    createdAt: now,
    seenAt: instant,
  },
  foreignKeys: references({ principalId: ['principal', 'CASCADE'] }),
  indices: [{ columns: ['principalId', 'name'], unique: true }],
});
