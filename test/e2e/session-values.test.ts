import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { intakeVariables, retireSubjects } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { mustDo, nodeIdOf } from '../kit/curate.ts';
import { eventTypes, record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
beforeEach(async () => {
  await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
  await takeRecords(catalog, [record('d', { slug: 'd' })], { publish: true });
  await define([{ name: 'iq', type: 'INTEGER' }, weight, { name: 'mood', type: 'TEXT', perSession: true }]);
});
afterAll(async () => {
  await catalog.close();
});

const xnat = { name: 'hospital-xnat', kind: 'XNAT' } as const;
const idc = { source: 'idc', kind: 'IDC' } as const;
const weight = { name: 'weight', type: 'DECIMAL', unit: 'kg', perSession: true };
const define = async (variables: readonly unknown[], source: typeof xnat | { name: string; kind: 'TABLE' } = xnat) =>
  await intakeVariables({ datasetId: datasetIdOf('d'), source, variables }, catalog.app.rows);

const kg = (number: number) => ({ variable: 'weight', text: String(number), number });
const visit = (uid: string, values?: readonly unknown[]) => ({ ...session(uid, []), ...(values && { values }) });

async function read(): Promise<any> {
  const { data, errors } = await catalog.ask(
    `{ dataset(slug: "d") {
      variables { nodes { name perSession summary { n missing min median max topValues { value count } } } }
      subjects { nodes { label values { name text } sessions { nodes { label values { name number text } } } } } } }`,
  );
  expect(errors).toBeUndefined();
  const { variables, subjects } = data.dataset;
  const sessions = subjects.nodes.flatMap((one: any) => one.sessions.nodes);
  const list = (one: any): [string, string[]] => [one.label, one.values.map((v: any) => `${v.name} ${v.text}`)];
  return {
    variables: Object.fromEntries(variables.nodes.map((one: any) => [one.name, one])),
    subjects: Object.fromEntries(subjects.nodes.map(list)),
    sessions: Object.fromEntries(sessions.map(list)),
  };
}

describe('values of sessions', () => {
  it('are read at their session, the subject keeps its own, and variables say which is which', async () => {
    const iq = { variable: 'iq', text: '101', number: 101 };
    const mood = { variable: 'mood', text: 'calm' };
    const p1 = subject('P1', [visit('1.1', [kg(70), mood]), visit('1.2', [kg(72)])], { values: [iq] });
    await takeRows(catalog, 'd', [p1, subject('P2', [visit('2.1', [kg(80)]), visit('2.2')])]);
    const { variables, subjects, sessions } = await read();
    expect(subjects).toEqual({ P1: ['iq 101'], P2: [] });
    expect(sessions).toEqual({
      '1.1': ['weight 70', 'mood calm'],
      '1.2': ['weight 72'],
      '2.1': ['weight 80'],
      '2.2': [],
    });
    expect(variables['iq']).toMatchObject({ perSession: false, summary: { n: 1, missing: 1 } });
    expect(variables['weight']).toMatchObject({
      perSession: true,
      summary: { n: 3, missing: 1, min: 70, median: 72, max: 80 },
    });
    expect(variables['mood'].summary).toMatchObject({ n: 1, missing: 3, topValues: [{ value: 'calm', count: 1 }] });
    const named = await catalog.ask(
      `{ dataset(slug: "d") { sessions(first: 1) { nodes { values(names: ["mood"]) { name } } }
         subjects(where: { hasValue: [{ variable: "weight", gte: 75 }] }) { nodes { label } } } }`,
    );
    expect(named.data.dataset.sessions.nodes[0].values).toEqual([{ name: 'mood' }]);
    expect(named.data.dataset.subjects.nodes).toEqual([{ label: 'P2' }]);
  });

  it('change with what the source says, stay where it is silent, and are announced only when they change', async () => {
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)]), visit('1.2', [kg(72)])])]);
    const before = await eventTypes(catalog);
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)]), visit('1.2')])]);
    expect(await eventTypes(catalog)).toEqual(before);
    await takeRows(catalog, 'd', [
      subject('P1', [visit('1.1', [kg(71), { variable: 'mood', text: 'tired' }]), visit('1.2', [])]),
    ]);
    expect((await read()).sessions).toEqual({ '1.1': ['weight 71', 'mood tired'], '1.2': [] });
    expect(await eventTypes(catalog)).toEqual([...before, 'ROWS_CHANGED']);
  });

  it('go with their session, and do not come back with it by themselves', async () => {
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)]), visit('1.2', [kg(72)])])]);
    await takeRows(catalog, 'd', [subject('P1', [visit('1.2')])]);
    expect((await read()).variables['weight'].summary).toMatchObject({ n: 1, missing: 0 });
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1'), visit('1.2')])]);
    expect((await read()).sessions).toEqual({ '1.1': [], '1.2': ['weight 72'] });
    await retireSubjects({ datasetId: datasetIdOf('d'), source: xnat, labels: ['P1'] }, catalog.app.rows);
    await takeRows(catalog, 'd', [subject('P1', [visit('1.2')])]);
    expect((await read()).sessions).toEqual({ '1.2': [] });
  });

  it('go with the words of their source where another one still has the session', async () => {
    await takeRows(catalog, 'd', [subject('P1', [session('1.1', [scan('1.1.1')])])], idc);
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)])])]);
    await takeRows(catalog, 'd', [subject('P1', [])]);
    expect((await read()).sessions).toEqual({ '1.1': [] });
  });

  it('of another source keep the session they are of', async () => {
    const clinic = { source: 'clinic', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1')])]);
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)])])], clinic);
    await takeRows(catalog, 'd', [subject('P1', [])]);
    expect((await read()).sessions).toEqual({ '1.1': ['weight 70'] });
    await takeRows(catalog, 'd', [subject('P1', [])], clinic);
    expect((await read()).sessions).toEqual({});
  });

  it('follow a session that moves to another subject', async () => {
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)])]), subject('P2', [])]);
    await takeRows(catalog, 'd', [subject('P1', []), subject('P2', [visit('1.1')])]);
    expect((await read()).sessions).toEqual({ '1.1': ['weight 70'] });
    const { data } = await catalog.ask(
      `{ dataset(slug: "d") { subjects(where: { hasValue: [{ variable: "weight", gte: 1 }] }) { nodes { label } } } }`,
    );
    expect(data.dataset.subjects.nodes).toEqual([{ label: 'P2' }]);
  });

  it('are rejected with their subject where they do not fit, or the variable is one of subjects', async () => {
    const iq = { variable: 'iq', text: '101', number: 101 };
    const report = await takeRows(catalog, 'd', [
      subject('P1', [visit('1.1', [iq])]),
      subject('P2', [], { values: [kg(70)] }),
      subject('P3', [visit('3.1', [{ variable: 'weight', text: 'much' }])]),
      subject('P4', [visit('4.1', [{ variable: 'height', text: '1' }])]),
      subject('P5', [visit('5.1', [kg(1), kg(2)])]),
      subject('P6', [visit('6.1', [kg(60)])]),
    ]);
    expect(report.rejected).toEqual([
      { sourceId: 'P5', error: expect.stringContaining('name a variable twice') },
      { sourceId: 'P1', error: 'iq: "101" is given of a session, and the variable is not one of sessions' },
      { sourceId: 'P2', error: 'weight: "70" is given of a subject, and the variable is not one of subjects' },
      { sourceId: 'P3', error: 'weight: "much" is not a number' },
      { sourceId: 'P4', error: 'height: "1" is no variable of this dataset' },
    ]);
    expect((await read()).sessions).toEqual({ '6.1': ['weight 60'] });
    const rows = [{ label: 'S1', values: [{ name: 'weight', number: 70 }] }];
    const imported = await mustDo(
      catalog,
      'importSubjects',
      { datasetId: nodeIdOf('d'), rows },
      await catalog.token('STEWARD'),
    );
    expect(imported.rejected).toMatchObject([{ error: 'weight: is recorded per session, not of a subject' }]);
  });

  it('are gone when their variable becomes one of subjects, and no other source may say it is', async () => {
    await takeRows(catalog, 'd', [subject('P1', [visit('1.1', [kg(70)])])]);
    const table = { name: 'clinic', kind: 'TABLE' } as const;
    const other = await define([{ ...weight, perSession: false }], table);
    expect(other.rejected).toEqual([
      { sourceId: 'weight', error: expect.stringContaining('is of sessions in the source "hospital-xnat"') },
    ]);
    await define([{ ...weight, perSession: false }]);
    const { variables, sessions } = await read();
    expect(sessions).toEqual({ '1.1': [] });
    expect(variables['weight']).toMatchObject({ perSession: false, summary: { n: 0, missing: 1 } });
  });
});
