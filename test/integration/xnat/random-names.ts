import type { startXnatSimulator } from '../../../src/compose-xnat.ts';

/** What a simulator holds, and its items. */
export type World = Awaited<ReturnType<typeof startXnatSimulator>>['simulation']['world'];
export type Subject = World['subjects'] extends Map<string, infer S> ? S : never;
export type Experiment = World['experiments'] extends Map<string, infer E> ? E : never;

/** The account whose view is mirrored: a member, no administrator, so that it can lose its rights. */
export const mirrorLogin = { login: 'mirror', password: 'mirror' };
export const projectIds = ['PA', 'PB', 'PC', 'PD'] as const;
/** Declared as a custom variable of subjects, and of MR sessions. */
export const declared = { subject: 'SCORE', session: 'QUALITY' };
/** UUID of the one custom form. */
export const formUuid = '00000000-0000-4000-8000-000000000001';
