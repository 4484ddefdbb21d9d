import DataLoader from 'dataloader';
import type { AuditTrail, PrincipalRecord, PrincipalStore } from '../access/index.ts';
import type { AccessDoor } from '../graphql/context.ts';
import type { Clock } from '../kernel/clock.ts';
import type { PrincipalId } from '../kernel/ids.ts';

/** Principals and the trail for one request. */
export function accessDoor(parts: {
  readonly principals: PrincipalStore;
  readonly trail: AuditTrail;
  readonly clock: Clock;
}): AccessDoor {
  const { principals: store, trail, clock } = parts;
  const records = new DataLoader<PrincipalId, PrincipalRecord | undefined>(
    async (ids) => {
      const found = new Map((await store.principalsByIds(ids)).map((record) => [record.id, record]));
      return ids.map((id) => found.get(id));
    },
    // A mutation changes what the next field of the same request is to show.
    { cache: false },
  );
  return { store, trail, clock, record: async (id) => (id === undefined ? undefined : await records.load(id)) };
}
