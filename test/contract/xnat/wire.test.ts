import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallXnat, startSmallXnat } from '../../integration/xnat/small-xnat.ts';

/** What the wire must look like for clients nobody here wrote; from their request logs and XNAT's source. */
describe('the simulated XNAT on the wire', () => {
  let xnat: SmallXnat;
  beforeAll(async () => {
    xnat = await startSmallXnat();
  });
  afterAll(() => xnat.close());

  const text = async (path: string) => (await xnat.get(path)).text();

  it('answers xnatpy’s way in', async () => {
    const front = await fetch(`${xnat.url}/`);
    expect([front.status, front.headers.get('content-type')]).toEqual([200, 'text/html;charset=UTF-8']);
    const login = await fetch(`${xnat.url}/data/services/auth`, {
      method: 'PUT',
      body: new URLSearchParams({ username: 'admin', password: 'admin' }),
    });
    const session = await login.text();
    expect(login.headers.get('set-cookie')).toContain(`JSESSIONID=${session}`);
    const headers = { cookie: `JSESSIONID=${session}` };
    expect(await (await xnat.get('/data/auth', headers)).text()).toBe("User 'admin' is logged in");
    expect((await xnat.get('/data/version', headers)).status).toBe(404);
    expect(await (await xnat.get('/xapi/siteConfig/buildInfo', headers)).json()).toMatchObject({ version: '1.9.2' });
    const wrong = await fetch(`${xnat.url}/data/services/auth`, {
      method: 'PUT',
      body: new URLSearchParams({ username: 'admin', password: 'x' }),
    });
    expect(wrong.status).toBe(401);
  });

  it('answers nothing to nobody', async () => {
    expect((await xnat.get('/data/projects', {})).status).toBe(401);
    expect((await xnat.get('/data/projects', { cookie: 'JSESSIONID=gone' })).status).toBe(401);
  });

  it('sends tables as JSON with totals as text, CSV with every field quoted, XML and HTML', async () => {
    const base = '/data/projects/cptac_pda/subjects?columns=ID,label';
    const { ResultSet: table } = (await (await xnat.get(`${base}&format=json`)).json()) as {
      ResultSet: Record<string, unknown>;
    }; // asserted next
    expect(table['totalRecords']).toBe('1');
    expect(await text(`${base}&format=csv`)).toBe(
      '"ID","label","URI"\n"XNAT_S00004","P1","/data/subjects/XNAT_S00004"\n',
    );
    expect(await text(`${base}&format=xml`)).toContain('<column>ID</column><column>label</column>');
    expect(await text(`${base}&format=html`)).toContain('<th>label</th>');
  });

  it('is the same under /data, /data/archive and /REST, and takes escaped commas', async () => {
    const answers = await Promise.all(
      ['/data', '/data/archive', '/REST'].map((root) =>
        text(`${root}/projects/upenn_gbm/subjects?columns=ID%2Clabel&format=csv`),
      ),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it('sends XPath columns back in lower case, and the key nobody asked for', async () => {
    const csv = await text(
      '/data/experiments?xsiType=xnat:mrSessionData&project=upenn_gbm&columns=ID,xnat:mrSessionData/subject_id,xnat:imageScanData/ID&format=csv',
    );
    expect(csv.split('\n')[0]).toBe(
      '"ID","xnat:mrsessiondata/subject_id","xnat:imagescandata/id","URI","xnat:subjectassessordata/id"',
    );
    expect(csv.trim().split('\n')).toHaveLength(4);
  });

  it('takes both names of a subject, in JSON items and in XML', async () => {
    const [byLabel, byId] = await Promise.all([
      text('/data/projects/upenn_gbm/subjects/P1?format=json'),
      text('/data/subjects/XNAT_S00001?format=json'),
    ]);
    expect(byLabel).toBe(byId);
    const xml = await text('/data/subjects/XNAT_S00001?format=xml');
    expect(xml).toContain('<xnat:demographics xsi:type="xnat:demographicData"><xnat:gender>F</xnat:gender>');
    expect(xml).toContain('<xnat:scanner manufacturer="SIEMENS" model="TrioTim"></xnat:scanner>');
    expect(xml).toContain('T1 &quot;gad&quot;, axial');
  });

  it('has error pages that are not well-formed, like the original’s', async () => {
    const reply = await xnat.get('/data/projects/none');
    expect(reply.status).toBe(404);
    expect(await reply.text()).toMatch(/<html>[\s\S]*<h3>Not Found<\/h3>[\s\S]*<br>/);
  });

  it('says 501 loudly to what it does not implement', async () => {
    const reply = await xnat.get('/data/projects/upenn_gbm/pipelines');
    expect(reply.status).toBe(501);
    expect(await reply.text()).toBe('The XNAT simulator does not implement GET /data/projects/upenn_gbm/pipelines\n');
  });

  it('lists the files of all resources for one it does not know', async () => {
    const csv = await text('/data/experiments/XNAT_E00001/scans/1/resources/NOPE/files?format=csv');
    expect(csv.trim().split('\n')).toHaveLength(3);
  });

  it('has schemas that name every type it serves', async () => {
    const xsd = await text('/xapi/schemas/xnat');
    expect(xsd).toContain('<xs:element name="MRSession" type="xnat:mrSessionData"/>');
    expect((await xnat.get('/xapi/schemas/none')).status).toBe(404);
  });

  it.each(['files/%2e%2e%2f%2e%2e%2fpasswd', 'files/a%5c..%5cb', 'files/a%00b'])(
    'stores nothing as %s',
    async (path) => {
      const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
      const url = `${xnat.url}/data/experiments/XNAT_E00001/resources/NEW/${path}`;
      const reply = await fetch(url, { method: 'PUT', headers: { authorization }, body: 'x' });
      expect(reply.status).toBe(400);
      expect(await text('/data/experiments/XNAT_E00001/resources?format=csv')).not.toContain('NEW');
    },
  );

  it('refuses a fault it does not know', async () => {
    await expect(xnat.fault({ kind: 'earthquake' })).rejects.toThrow(/400/);
  });
});
