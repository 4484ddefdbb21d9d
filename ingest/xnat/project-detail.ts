import { z } from 'zod';
import { itemsAt } from '../../src/xnat/index.ts';
import type { ProjectFacts } from './read-project.ts';

const person = z.object({ firstname: z.string().optional(), lastname: z.string().optional() });

/** What the mirror remembers of a project: what its dataset's record and its grants are made of. */
export const projectDetail = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  keywords: z.array(z.string()),
  /** Principal investigator first. */
  people: z.array(person),
  publications: z.array(
    z.object({
      title: z.string().optional(),
      doi: z.string().optional(),
      url: z.string().optional(),
      citation: z.string().optional(),
    }),
  ),
  aliases: z.array(z.string()),
  variables: z.array(z.object({ xsiType: z.string(), name: z.string(), datatype: z.string(), column: z.string() })),
  resources: z.array(
    z.object({
      label: z.string(),
      format: z.string().optional(),
      byteSize: z.number().optional(),
      fileCount: z.number().optional(),
    }),
  ),
  /** Logins and their groups; absent where they cannot be seen. */
  members: z.array(z.object({ login: z.string(), group: z.string() })).optional(),
});

export type ProjectDetail = z.infer<typeof projectDetail>;

/** A project's item and lists as they are remembered. */
export function describeProject({ item, members, resources, variables }: ProjectFacts): ProjectDetail {
  const { name, description, keywords = '' } = item.fields;
  const people = [...itemsAt(item, 'PI'), ...itemsAt(item, 'investigators/investigator')].map(({ fields }) => ({
    firstname: fields['firstname'],
    lastname: fields['lastname'],
  }));
  return {
    name,
    description,
    keywords: keywords
      .split(/[,;]/)
      .map((word) => word.trim())
      .filter((word) => word !== ''),
    people,
    publications: itemsAt(item, 'publications/publication').map(({ fields }) => ({
      title: fields['title'],
      doi: fields['doi'],
      url: fields['uri'],
      citation: fields['citation'],
    })),
    aliases: itemsAt(item, 'aliases/alias').flatMap(({ fields }) => fields['alias'] ?? []),
    variables: [...variables],
    resources: resources.map(({ id, label, format, byteSize, fileCount }) => ({
      label: label ?? id,
      format,
      byteSize,
      fileCount,
    })),
    members: members
      ?.map(({ login, groupId }) => ({ login, group: groupId }))
      .toSorted((a, b) => (a.login < b.login ? -1 : 1)),
  };
}
