import type { MirrorProject, MirrorState } from '../../src/harvest/index.ts';
import type { Owners } from './read-site.ts';

/**
 * Which project's dataset holds an item that a project lists: the one that owns it, where that is mirrored. An item of a project that is
 * not mirrored is held by the first one it is shared into, so that it is one row wherever it is shown.
 */
export async function holders(
  owners: Owners,
  projects: readonly Pick<MirrorProject, 'id' | 'readable'>[],
  state: MirrorState,
): Promise<(id: string, listedIn: string) => string> {
  const mirrored = new Set(projects.map((project) => project.id));
  const foreign = [...owners].filter(([, owner]) => !mirrored.has(owner)).map(([id]) => id);
  const unreadable = new Set(projects.filter((project) => !project.readable).map((project) => project.id));
  const claimed = new Map<string, string>();
  for (let start = 0; start < foreign.length; start += 5_000)
    // Held by a project that cannot be read now: that it does not list the item says nothing.
    for (const head of await state.headsByIds(foreign.slice(start, start + 5_000)))
      if (unreadable.has(head.project)) claimed.set(head.id, head.project);
  return (id, listedIn) => {
    const owner = owners.get(id);
    if (owner === undefined || mirrored.has(owner)) return owner ?? listedIn;
    const holder = claimed.get(id) ?? listedIn;
    claimed.set(id, holder);
    return holder;
  };
}
