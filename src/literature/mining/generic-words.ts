const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Capitalised words that begin a sentence or a heading and name nothing. */
export const openers =
  list(`the our this these those we in on for from using a an both all each all and or to as at by with when while
  however moreover furthermore although since because first second third finally here there it its their such most many several
  some two three four five six other another one if of no not given among across within during after before between into also
  additionally similarly thus therefore then second secondly firstly next previous recent current new full final original large
  small open public available data code table figure fig supplementary section note see cf participants subjects patients
  methods results discussion introduction background conclusion conclusions abstract title keywords study studies materials
  informed consent statistical university institute hospital department school center centre ethics committee board review
  written dr prof`);

/** Words that say what data are like, not what they are called: a name made of these alone is none. */
export const genericWords =
  list(`mri fmri smri rs-fmri rsfmri dmri dti dwi ct pet eeg meg ecg asl bold t1 t2 t1w t2w flair mprage epi spect
  us mr fdg fdg-pet amyloid tau rna dna rna-seq gwas snp gene genetic genomic omics resting-state resting state task task-based
  structural functional diffusion imaging neuroimaging image images brain clinical behavioral behavioural phenotypic
  demographic training train test testing validation held-out external internal independent discovery replication dataset
  datasets data set sets database databases cohort cohorts sample samples study studies patient patients control controls
  healthy hc hcs mci ad pd ms asd adhd mdd scz sz bd ptsd ocd als ftd dlb cn nc td young old older adult adults children
  adolescent human mouse rat animal raw processed preprocessed first second third fourth i ii iii iv v a b c d 1 2 3 4 5 6 7 8
  experiment group groups main pilot real synthetic simulated simulation artificial large small full whole ieee acm nih
  nifti bids dicom csv r python matlab spm fsl afni freesurfer roi rois mni tr te glm svm cnn pca ica anova kaggle uk us usa
  eu european american chinese german french english japanese italian dutch canadian british swedish norwegian danish finnish
  korean indian brazilian spanish multi-site multisite multicenter multicentre longitudinal cross-sectional case-control
  retrospective prospective population-based project review institutional board covid-19 sars-cov-2 hiv siemens philips github web online
  internet website scanner tesla test-retest fold run session rest task block split format software file files`);

/** Databases of publications, of instruments, of tools: no data of people or images. */
export const otherDatabases =
  /pubmed|medline|embase|scopus|web of science|web of knowledge|psycinfo|psyc ?articles|cochrane|cnki|wanfang|google scholar|cinahl|science ?direct|prospero|ebsco|proquest|springer|lilacs|sinomed|vip\b|brainmap|neurosynth|sleuth|harvard-oxford|\baal\b|desikan|destrieux|schaefer|brodmann|talairach|\bmni\b|international affective|\biaps\b|geneva affective|nencki|karolinska|ekman|declaration|helsinki|wechsler|statistical manual|inventory|questionnaire|scale\b|toolbox|software/i;
