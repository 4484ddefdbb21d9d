/** One question, as each of the two servers is asked, and the same data drawn from both answers. */
export interface GraphqlCase {
  readonly name: string;
  readonly ours: string;
  readonly rivals: string;
  readonly plain: (data: any) => unknown;
}

const distribution = 'title accessUrl format mediaType byteSize';
const subject = 'label sex ageYears site';
const session = 'label studyInstanceUid description';
const scan = 'label seriesInstanceUid modality seriesDescription bodyPart manufacturer instanceCount byteSize';

/** Names of two columns differ from those of our fields; our modality is an object, theirs a code. */
const ourScan = scan.replace('modality', 'modality { code }');

/** 50 datasets with publisher, concepts and distributions. */
const datasets: GraphqlCase = {
  name: '50 datasets',
  ours: `{ datasets(first: 50, orderBy: { field: SLUG }) { nodes { slug title description
    publisher { name homepage } conditions { iri label } distributions { ${distribution} } } } }`,
  rivals: `{ datasets: allDatasets(first: 50, orderBy: SLUG_ASC) { nodes { slug title description
    publisher: agentByPublisherId { name homepage }
    conditions: datasetConceptsByDatasetIdList(condition: { role: "CONDITION" }, orderBy: PRIMARY_KEY_ASC) { conceptByConceptId { iri label } }
    distributions: distributionsByDatasetIdList(orderBy: PRIMARY_KEY_ASC) { ${distribution} } } } }`,
  plain: (data) =>
    data.datasets.nodes.map((node: any) => ({
      ...node,
      conditions: node.conditions.map((link: any) => link.conceptByConceptId ?? link),
      distributions: node.distributions.map((item: any) => ({
        ...item,
        byteSize: item.byteSize === null ? null : Number(item.byteSize),
      })),
    })),
};

/** One dataset with 100 subjects, their sessions and scans. */
const rows: GraphqlCase = {
  name: '100 subjects',
  ours: `{ dataset(slug: "upenn-gbm") { slug title subjects(first: 100) { nodes { ${subject}
    sessions(first: 20) { nodes { ${session} scans(first: 20) { nodes { ${ourScan} } } } } } } } }`,
  rivals: `{ dataset: datasetBySlug(slug: "upenn-gbm") { slug title
    subjects: subjectsByDatasetId(first: 100, orderBy: LABEL_ASC) { nodes { ${subject}
      sessions: imagingSessionsBySubjectId(first: 20, orderBy: LABEL_ASC) { nodes { ${session}
        scans: scansBySessionId(first: 20, orderBy: LABEL_ASC) { nodes { ${scan} } } } } } } } }`,
  plain: ({ dataset }) => ({
    ...dataset,
    subjects: dataset.subjects.nodes.map((row: any) => ({
      ...row,
      sessions: row.sessions.nodes.map((visit: any) => ({
        ...visit,
        scans: visit.scans.nodes.map((item: any) => ({
          ...item,
          modality: item.modality?.code ?? item.modality,
          byteSize: item.byteSize === null ? null : Number(item.byteSize),
        })),
      })),
    })),
  }),
};

export const graphqlCases: readonly GraphqlCase[] = [datasets, rows];
