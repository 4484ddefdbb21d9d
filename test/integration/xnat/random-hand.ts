import { CatalogError } from '../../../src/kernel/errors.ts';
import {
  deleteFile,
  deleteItem,
  deleteProjectUser,
  putAccessibility,
  putCustomFields,
  putItem,
  putProjectUser,
  putResource,
  shareItem,
  unshareItem,
  uploadFile,
  type XnatServer,
} from '../../../src/xnat/index.ts';
import { declared, formUuid, mirrorLogin, projectIds, type World } from './random-names.ts';
import { Picker } from './random-picker.ts';
import { bytesOf, never } from './small-xnat.ts';

/** Changes a simulated XNAT at random, through its API. */
export class Hand {
  readonly #world: World;
  readonly #server: XnatServer;
  readonly #random: () => number;
  readonly #pick: Picker;

  constructor(world: World, server: XnatServer, random: () => number) {
    this.#world = world;
    this.#server = server;
    this.#random = random;
    this.#pick = new Picker(world, random);
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

  #addSubject() {
    return putItem(
      this.#server,
      {
        address: { project: this.#pick.project(), subject: this.#pick.newName('S') },
        xsiType: 'xnat:subjectData',
        fields: this.#demographics(),
      },
      never,
    );
  }

  #demographics(): Record<string, string> {
    return {
      gender: this.#pick.from(['M', 'F', '']) ?? '',
      age: String(20 + Math.floor(this.#random() * 60)),
      group: this.#pick.from(['case', 'control', '']) ?? '',
      [`xnat:subjectData/fields/field[name=${declared.subject.toLowerCase()}]/field`]: String(
        Math.floor(this.#random() * 9),
      ),
    };
  }

  #editSubject() {
    const subject = this.#pick.from(this.#world.subjects.values());
    return (
      subject &&
      putItem(
        this.#server,
        {
          address: { project: subject.project, subject: subject.id },
          xsiType: 'xnat:subjectData',
          fields: this.#demographics(),
        },
        never,
      )
    );
  }

  #removeSubject() {
    const subject = this.#pick.from(this.#world.subjects.values());
    return subject && deleteItem(this.#server, { project: subject.project, subject: subject.id }, never);
  }

  #addSession() {
    const subject = this.#pick.from(this.#world.subjects.values());
    if (subject === undefined) return undefined;
    const label = this.#pick.newName('E');
    const fields = { ...this.#sessionValues(), ...(this.#random() < 0.7 && { UID: `1.2.${this.#pick.serial}` }) };
    return putItem(
      this.#server,
      {
        address: { project: subject.project, subject: subject.id, experiment: label },
        xsiType: 'xnat:mrSessionData',
        fields,
      },
      never,
    );
  }

  #sessionValues(): Record<string, string> {
    return {
      date: `2026-0${1 + Math.floor(this.#random() * 9)}-11`,
      note: this.#pick.from(['first', 'second', 'third']) ?? '',
      [`xnat:mrSessionData/fields/field[name=${declared.session.toLowerCase()}]/field`]:
        this.#pick.from(['good', 'bad']) ?? '',
    };
  }

  #editSession() {
    const session = this.#pick.session();
    return (
      session &&
      putItem(
        this.#server,
        {
          address: { project: session.project, experiment: session.id },
          xsiType: session.xsiType,
          fields: this.#sessionValues(),
        },
        never,
      )
    );
  }

  #removeExperiment() {
    const experiment = this.#pick.from(this.#world.experiments.values());
    return experiment && deleteItem(this.#server, { project: experiment.project, experiment: experiment.id }, never);
  }

  #addScan() {
    const session = this.#pick.session();
    if (session === undefined) return undefined;
    const id = this.#pick.newName('');
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
    return {
      series_description: this.#pick.from(['T1', 'T2', 'rest']) ?? '',
      quality: this.#pick.from(['usable', 'unusable']) ?? '',
    };
  }

  #editScan() {
    const scan = this.#pick.scan();
    return (
      scan && putItem(this.#server, { address: scan, xsiType: 'xnat:mrScanData', fields: this.#scanValues() }, never)
    );
  }

  #removeScan() {
    const scan = this.#pick.scan();
    return scan && deleteItem(this.#server, scan, never);
  }

  async #addFile() {
    const owner = this.#random();
    const subject = this.#pick.from(this.#world.subjects.values());
    const session = this.#pick.session();
    const address =
      owner < 0.7
        ? this.#pick.scan()
        : owner < 0.85
          ? session && this.#pick.addressOf(session)
          : subject && this.#pick.addressOf(subject);
    if (address === undefined) return;
    const resource = this.#pick.from(['DICOM', 'NIFTI']) ?? 'DICOM';
    await putResource(this.#server, { ...address, resource, format: resource }, never).catch(() => undefined);
    const path = `f${Math.floor(this.#random() * 5)}.bin`;
    const body = 'x'.repeat(1 + Math.floor(this.#random() * 50));
    await uploadFile(
      this.#server,
      { ...address, resource, path, open: bytesOf(body), byteSize: body.length, overwrite: true },
      never,
    );
  }

  #removeFile() {
    const scan = this.#pick.scan();
    return (
      scan &&
      deleteFile(this.#server, { ...scan, resource: 'DICOM', path: `f${Math.floor(this.#random() * 5)}.bin` }, never)
    );
  }

  #share() {
    const item = this.#pick.shareable();
    return (
      item &&
      shareItem(
        this.#server,
        { address: this.#pick.addressOf(item), into: this.#pick.project(), label: this.#pick.newName('shared') },
        never,
      )
    );
  }

  #unshare() {
    const item = this.#pick.from(
      [...this.#world.subjects.values(), ...this.#world.experiments.values()].filter((one) => one.shares.size > 0),
    );
    const from = this.#pick.from(item?.shares.keys() ?? []);
    return item && from !== undefined
      ? unshareItem(this.#server, { address: this.#pick.addressOf(item), from }, never)
      : undefined;
  }

  #move() {
    const item = this.#pick.shareable();
    return (
      item &&
      shareItem(
        this.#server,
        {
          address: this.#pick.addressOf(item),
          into: this.#pick.project(),
          label: this.#pick.newName('moved'),
          primary: true,
        },
        never,
      )
    );
  }

  #addAssessor() {
    const session = this.#pick.session();
    if (session === undefined) return undefined;
    return putItem(
      this.#server,
      {
        address: { project: session.project, experiment: session.id, assessor: this.#pick.newName('A') },
        xsiType: 'xnat:qcManualAssessorData',
        fields: { comments: this.#pick.from(['fine', 'noisy']) ?? '' },
      },
      never,
    );
  }

  #answerForm() {
    const session = this.#pick.session();
    if (session === undefined) return undefined;
    return putCustomFields(
      this.#server,
      {
        owner: { kind: 'experiment', experiment: session.id },
        forms: { [formUuid]: { height: Math.floor(this.#random() * 100) } },
      },
      never,
    );
  }

  #open() {
    const level = this.#pick.from(['public', 'protected', 'private'] as const) ?? 'public';
    return putAccessibility(this.#server, { project: this.#pick.project(), level }, never);
  }

  /** Takes the mirroring account's rights of a project, or gives them back. */
  #hide() {
    const project = this.#pick.project();
    const isMember = this.#world.projects.get(project)?.members.has(mirrorLogin.login) === true;
    const member = { project, group: 'Owners', login: mirrorLogin.login };
    return isMember ? deleteProjectUser(this.#server, member, never) : putProjectUser(this.#server, member, never);
  }
}
