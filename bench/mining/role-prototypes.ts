import type { Gazetteer, MentionRole } from '../../src/literature/index.ts';
import { collectFindings } from '../../src/literature/mining/collect-findings.ts';
import { GazetteerIndex } from '../../src/literature/mining/gazetteer-index.ts';
import { groupByKey } from '../../src/literature/mining/mine-article.ts';
import { prepareText } from '../../src/literature/mining/prepare-text.ts';
import { roleFeatures } from '../../src/literature/mining/role-features.ts';
import type { Labelled } from './train-linear.ts';

/** Invented datasets: nothing is learned of a name. */
const names = [
  'Harbour Town Imaging Study (HTIS)',
  'Lowland Brain Ageing Cohort (LBAC)',
  'Copper Valley Lung Database (CVLD)',
];

/**
 * Plain abstracts of our own writing, `@` for the dataset: what a paper says that introduces one, and what resembles it but does not.
 * The annotated collection has neither (its papers analyse data), so that without these the role could not be learned at all.
 */
const prototypes: readonly (readonly [role: MentionRole, abstract: string])[] = [
  [
    'INTRODUCES',
    'In this paper we introduce the @ dataset, a new collection of scans of volunteers. It is open to all.',
  ],
  ['INTRODUCES', 'Here we describe the @, a novel resource with images and tables of 300 adults.'],
  ['INTRODUCES', 'We publish the @ dataset. Images, labels and clinical tables can be downloaded.'],
  [
    'INTRODUCES',
    'To close this gap we created the @, the first public database of its kind. Recordings were made at two sites.',
  ],
  ['INTRODUCES', 'This article introduces the @ dataset. We explain how images were acquired and checked.'],
  ['INTRODUCES', 'We announce the @, an open dataset of patients. Baselines are given, too.'],
  ['INTRODUCES', 'We built the @ dataset, a large new benchmark for segmentation, and give it to the community.'],
  ['INTRODUCES', 'This report presents the @, a multi-centre collection of scans with annotations by two readers.'],
  ['INTRODUCES', 'We assembled the @ dataset from routine care and release it under an open licence.'],
  ['USES', 'We analysed scans of the @ dataset, a large open collection, with a new method.'],
  ['USES', 'We trained our network on the @ dataset and tested it on scans of our clinic.'],
  ['USES', 'We introduce a network for segmentation and evaluate it on the @ dataset.'],
  ['USES', 'Participants were drawn from the @. We present associations of age and volume.'],
  ['USES', 'We describe changes with age in the @ dataset, using images of 200 adults.'],
  ['USES', 'Data were obtained from the @ database. We report on differences between groups.'],
  ['USES', 'We present findings from the @, a new cohort, in 300 patients whose scans were analysed.'],
  ['USES', 'We report results of the @ dataset, a large open database. Volume and age were correlated.'],
  ['USES', 'We present estimates from the @ database, a large cohort, and compare them with norms.'],
  ['BACKGROUND', 'Large collections such as the @ dataset have changed the field. We discuss what they could teach.'],
  ['BACKGROUND', 'Previous work introduced the @ dataset. Others could use it in future studies.'],
  ['BACKGROUND', 'Recently, the @, a new open dataset, was presented by others. We review the field.'],
];

/** Invented sentences weigh less than what people marked: from 0.3 on, marked uses of other papers are lost (F1 .833 for .844). */
const weight = 0.15;

/** The prototypes as examples. */
export function prototypeExamples(gazetteer: Gazetteer): Labelled<MentionRole>[] {
  const index = new GazetteerIndex(gazetteer);
  return prototypes.flatMap(([label, abstract]) =>
    names.flatMap((name): Labelled<MentionRole>[] => {
      const article = {
        title: 'A paper',
        abstract: abstract.replace('@', name),
        sections: [],
        dataBanks: [],
        mesh: [],
        year: undefined,
      };
      const prepared = prepareText(article);
      const groups = [...groupByKey(collectFindings(prepared, article, index, undefined)).values()];
      const mostMentions = Math.max(0, ...groups.map((group) => group.length));
      return groups.map((findings) => ({
        label,
        weight,
        features: roleFeatures(prepared, { findings, otherDatasets: groups.length - 1, mostMentions }),
      }));
    }),
  );
}
