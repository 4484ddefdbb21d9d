import { connectXnat, startXnatSimulator } from '../../../src/compose-xnat.ts';
import { CatalogError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import {
  deleteFile,
  deleteItem,
  deleteProjectUser,
  type ItemAddress,
  putAccessibility,
  putCustomFields,
  putItem,
  putProject,
  putProjectUser,
  putResource,
  shareItem,
  unshareItem,
  uploadFile,
  type XnatServer,
} from '../../../src/xnat/index.ts';
import { bytesOf, never } from './small-xnat.ts';

/** The account whose view is mirrored: a member, no administrator, so that it can lose its rights. */
export const mirrorLogin = { login: 'mirror', password: 'mirror' };
export const projectIds = ['PA', 'PB', 'PC', 'PD'] as const;
/** Declared as a custom variable of subjects, and of MR sessions. */
export const declared = { subject: 'SCORE', session: 'QUALITY' };
export const formUuid = '00000000-0000-4000-8000-000000000001';

type Simulator = Awaited<ReturnType<typeof startXnatSimulator>>;
type World = Simulator['simulation']['world'];
type Subject = World['subjects'] extends Map<string, infer S> ? S : never;
type Experiment = World['experiments'] extends Map<string, infer E> ? E : never;

/** A simulated XNAT with four projects, and a hand that changes it at random through its API. */
export interface RandomWorld {
  readonly simulator: Simulator;
  /** One random change; what the server refuses counts as one, too. */
  step(): Promise<void>;
  /** Gives the mirroring account back all rights. */
  restoreRights(): Promise<void>;
  close(): Promise<void>;
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function startRandomWorld(random: () => number): Promise<RandomWorld> {
  const simulator = await startXnatSimulator({
    host: '127.0.0.1',
    port: 0,
    users: [{ ...mirrorLogin, role: 'user' }],
    logger: silentLogger,
  });
  const server = connectXnat({
    url: simulator.url,
    credentials: { kind: 'password', login: 'admin', password: 'admin' },
    allowPrivate: true,
    logger: silentLogger,
  });
  for (const project of projectIds) {
    await putProject(server, { id: project, fields: { name: `Project ${project}` } }, never);
    await putAccessibility(server, { project, level: 'public' }, never);
    await putProjectUser(server, { project, group: 'Owners', login: mirrorLogin.login }, never);
    const made = simulator.simulation.world.projects.get(project);
    // XNAT makes declarations in its web pages alone.
    made?.definitions.set('xnat:subjectData', [{ name: declared.subject, datatype: 'integer' }]);
    made?.definitions.set('xnat:mrSessionData', [{ name: declared.session, datatype: 'string' }]);
  }
  simulator.simulation.world.customForms.push({ formUUID: formUuid, title: 'Intake' });
  const hand = new Hand(simulator.simulation.world, server, random);
  return {
    simulator,
    step: () => hand.step(),
    restoreRights: () => hand.restoreRights(),
    close: async () => {
      await server.close(AbortSignal.timeout(2_000)).catch(() => undefined);
      await simulator.close();
    },
  };
}

class Hand {
  readonly #world: World;
  readonly #server: XnatServer;
  readonly #random: () => number;
  #serial = 0;

  constructor(world: World, server: XnatServer, random: () => number) {
    this.#world = world;
    this.#server = server;
    this.#random = random;
  }

  async step(): Promise<void> {
    const kinds: readonly [weight: number, act: () => Promise<unknown> | undefined][] = [
      [this.#world.subjects.size < 60 ? 8 : 1, () => this.#addSubject()],
      [5, () => this.#editSubject()],
      [2, () => this.#removeSubject()],
      [this.#world.experiments.size < 200 ? 10 : 1, () => this.#addSession()],
      [5, () => this.#editSession()],
      [3, () => this.#removeExperiment()],
      [12, () => this.#addScan()],
      [6, () => this.#editScan()],
      [5, () => this.#removeScan()],
      [10, () => this.#addFile()],
      [4, () => this.#removeFile()],
      [5, () => this.#share()],
      [4, () => this.#unshare()],
      [4, () => this.#move()],
      [2, () => this.#addAssessor()],
      [2, () => this.#answerForm()],
      [0.3, () => this.#open()],
      [0.5, () => this.#hide()],
    ];
    let at = this.#random() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = kinds.find(([weight]) => (at -= weight) < 0)?.[1];
    try {
      await chosen?.();
    } catch (error) {
      // Two labels that clash, a share that is there already: the server says no and nothing changed.
      if (!(error instanceof CatalogError)) throw error;
    }
  }

  async restoreRights(): Promise<void> {
    for (const project of projectIds)
      await putProjectUser(this.#server, { project, group: 'Owners', login: mirrorLogin.login }, never);
  }

  #pick<T>(list: Iterable<T>): T | undefined {
    const all = [...list];
    return all[Math.floor(this.#random() * all.length)];
  }

  #name(kind: string): string {
    this.#serial += 1;
    return `${kind}${this.#serial}`;
  }

  #project(): string {
    return this.#pick(projectIds) ?? 'PA';
  }

  #session(): Experiment | undefined {
    return this.#pick([...this.#world.experiments.values()].filter((one) => one.sessionId === undefined));
  }

  #scan(): ItemAddress | undefined {
    const session = this.#pick([...this.#world.experiments.values()].filter((one) => one.scans.size > 0));
    const scan = this.#pick(session?.scans.keys() ?? []);
    return session === undefined || scan === undefined ? undefined : { experiment: session.id, scan };
  }

  #addressOf(item: Subject | Experiment): ItemAddress {
    return 'xsiType' in item ? { experiment: item.id } : { subject: item.id };
  }

  #addSubject() {
    return putItem(
      this.#server,
      { address: { project: this.#project(), subject: this.#name('S') }, xsiType: 'xnat:subjectData', fields: this.#demographics() },
      never,
    );
  }

  #demographics(): Record<string, string> {
    return {
      gender: this.#pick(['M', 'F', '']) ?? '',
      age: String(20 + Math.floor(this.#random() * 60)),
      group: this.#pick(['case', 'control', '']) ?? '',
      [`xnat:subjectData/fields/field[name=${declared.subject.toLowerCase()}]/field`]: String(Math.floor(this.#random() * 9)),
    };
  }

  #editSubject() {
    const subject = this.#pick(this.#world.subjects.values());
    return subject && putItem(this.#server, { address: { project: subject.project, subject: subject.id }, xsiType: 'xnat:subjectData', fields: this.#demographics() }, never);
  }

  #removeSubject() {
    const subject = this.#pick(this.#world.subjects.values());
    return subject && deleteItem(this.#server, { project: subject.project, subject: subject.id }, never);
  }

  #addSession() {
    const subject = this.#pick(this.#world.subjects.values());
    if (subject === undefined) return undefined;
    const label = this.#name('E');
    const fields = { ...this.#sessionValues(), ...(this.#random() < 0.7 && { UID: `1.2.${this.#serial}` }) };
    return putItem(
      this.#server,
      { address: { project: subject.project, subject: subject.id, experiment: label }, xsiType: 'xnat:mrSessionData', fields },
      never,
    );
  }

  #sessionValues(): Record<string, string> {
    return {
      date: `2026-0${1 + Math.floor(this.#random() * 9)}-11`,
      note: this.#pick(['first', 'second', 'third']) ?? '',
      [`xnat:mrSessionData/fields/field[name=${declared.session.toLowerCase()}]/field`]: this.#pick(['good', 'bad']) ?? '',
    };
  }

  #editSession() {
    const session = this.#session();
    return session && putItem(this.#server, { address: { project: session.project, experiment: session.id }, xsiType: session.xsiType, fields: this.#sessionValues() }, never);
  }

  #removeExperiment() {
    const experiment = this.#pick(this.#world.experiments.values());
    return experiment && deleteItem(this.#server, { project: experiment.project, experiment: experiment.id }, never);
  }

  #addScan() {
    const session = this.#session();
    if (session === undefined) return undefined;
    const id = this.#name('');
    const fields = {
      ...this.#scanValues(),
      ...(this.#random() < 0.8 && { UID: `1.3.${id}` }),
      modality: 'MR',
    };
    return putItem(
      this.#server,
      { address: { project: session.project, experiment: session.id, scan: id }, xsiType: 'xnat:mrScanData', fields },
      never,
    );
  }

  #scanValues(): Record<string, string> {
    return { series_description: this.#pick(['T1', 'T2', 'rest']) ?? '', quality: this.#pick(['usable', 'unusable']) ?? '' };
  }

  #editScan() {
    const scan = this.#scan();
    return scan && putItem(this.#server, { address: scan, xsiType: 'xnat:mrScanData', fields: this.#scanValues() }, never);
  }

  #removeScan() {
    const scan = this.#scan();
    return scan && deleteItem(this.#server, scan, never);
  }

  async #addFile() {
    const owner = this.#random();
    const subject = this.#pick(this.#world.subjects.values());
    const session = this.#session();
    const address = owner < 0.7 ? this.#scan() : owner < 0.85 ? session && this.#addressOf(session) : subject && this.#addressOf(subject);
    if (address === undefined) return;
    const resource = this.#pick(['DICOM', 'NIFTI']) ?? 'DICOM';
    await putResource(this.#server, { ...address, resource, format: resource }, never).catch(() => undefined);
    const path = `f${Math.floor(this.#random() * 5)}.bin`;
    const body = 'x'.repeat(1 + Math.floor(this.#random() * 50));
    await uploadFile(this.#server, { ...address, resource, path, open: bytesOf(body), byteSize: body.length, overwrite: true }, never);
  }

  #removeFile() {
    const scan = this.#scan();
    return scan && deleteFile(this.#server, { ...scan, resource: 'DICOM', path: `f${Math.floor(this.#random() * 5)}.bin` }, never);
  }

  #shareable(): Subject | Experiment | undefined {
    return this.#random() < 0.5 ? this.#pick(this.#world.subjects.values()) : this.#session();
  }

  #share() {
    const item = this.#shareable();
    return item && shareItem(this.#server, { address: this.#addressOf(item), into: this.#project(), label: this.#name('shared') }, never);
  }

  #unshare() {
    const item = this.#pick([...this.#world.subjects.values(), ...this.#world.experiments.values()].filter((one) => one.shares.size > 0));
    const from = this.#pick(item?.shares.keys() ?? []);
    return item && from !== undefined ? unshareItem(this.#server, { address: this.#addressOf(item), from }, never) : undefined;
  }

  #move() {
    const item = this.#shareable();
    return item && shareItem(this.#server, { address: this.#addressOf(item), into: this.#project(), label: this.#name('moved'), primary: true }, never);
  }

  #addAssessor() {
    const session = this.#session();
    if (session === undefined) return undefined;
    return putItem(
      this.#server,
      {
        address: { project: session.project, experiment: session.id, assessor: this.#name('A') },
        xsiType: 'xnat:qcManualAssessorData',
        fields: { comments: this.#pick(['fine', 'noisy']) ?? '' },
      },
      never,
    );
  }

  #answerForm() {
    const session = this.#session();
    if (session === undefined) return undefined;
    return putCustomFields(
      this.#server,
      { owner: { kind: 'experiment', experiment: session.id }, forms: { [formUuid]: { height: Math.floor(this.#random() * 100) } } },
      never,
    );
  }

  #open() {
    const level = this.#pick(['public', 'protected', 'private'] as const) ?? 'public';
    return putAccessibility(this.#server, { project: this.#project(), level }, never);
  }

  /** Takes the mirroring account's rights of a project, or gives them back. */
  #hide() {
    const project = this.#project();
    const isMember = this.#world.projects.get(project)?.members.has(mirrorLogin.login) === true;
    const member = { project, group: 'Owners', login: mirrorLogin.login };
    return isMember ? deleteProjectUser(this.#server, member, never) : putProjectUser(this.#server, member, never);
  }
}
