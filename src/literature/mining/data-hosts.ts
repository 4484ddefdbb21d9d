/** DOI prefixes under which data are registered, with what a suffix must begin with where the prefix is shared with articles. */
export const dataDoiPrefixes: readonly (readonly [prefix: string, suffix?: RegExp])[] = [
  ['10.5281'], // Zenodo
  ['10.5061'], // Dryad
  ['10.6084'], // figshare
  ['10.25452'], // figshare+
  ['10.18112'], // OpenNeuro
  ['10.48324'], // DANDI
  ['10.7937'], // TCIA
  ['10.13026'], // PhysioNet
  ['10.17605'], // OSF
  ['10.17632'], // Mendeley Data
  ['10.7910'], // Harvard Dataverse
  ['10.34894'], // DataverseNL
  ['10.12751'], // GIN
  ['10.25493'], // EBRAINS
  ['10.57967'], // Hugging Face
  ['10.21227'], // IEEE DataPort
  ['10.5524', /^10\d{4}/], // GigaDB; GigaScience's former journal suffixes differ
  ['10.1594', /^PANGAEA/i],
  ['10.7303', /^syn/i], // Synapse
  ['10.3886', /^ICPSR|^E?\d/i],
  ['10.5255', /^UKDA/i],
  ['10.17026', /^dans/i],
  ['10.4121'], // 4TU.ResearchData
  ['10.11588', /^data/i], // heiDATA
  ['10.22000'], // RADAR
  ['10.6080'], // CRCNS
  ['10.15468'], // GBIF
  ['10.1186', /^ISRCTN/i],
  ['10.15154'], // NDA
];

/** A host that keeps data. */
export interface DataHost {
  /** The host or what it ends with. */
  readonly host: string;
  /** What the path must look like; undefined: the host itself is a dataset's home. */
  readonly path?: RegExp;
}

/** Repositories (a record's path is asked for) and the homes of single datasets or families of them. */
export const dataHosts: readonly DataHost[] = [
  { host: 'zenodo.org', path: /^\/(records?|deposit|doi)\/\S*\d/ },
  { host: 'figshare.com', path: /^\/(articles|s|collections|projects|ndownloader)\/\S/ },
  { host: 'datadryad.org', path: /^\/(stash|resource|dataset)\S/ },
  { host: 'openneuro.org', path: /^\/(datasets|crn\/datasets)\/\S/ },
  { host: 'openfmri.org', path: /^\/dataset\/\S/ },
  { host: 'neurovault.org', path: /^\/(collections|images)\/\w/ },
  { host: 'osf.io', path: /^\/[a-z0-9]{5}\b/i },
  { host: 'dataverse.harvard.edu', path: /persistentId|^\/dataverse\/\S/ },
  { host: 'dataverse.nl', path: /persistentId|^\/dataverse\/\S/ },
  { host: 'data.mendeley.com', path: /^\/datasets\/\S/ },
  { host: 'physionet.org', path: /^\/(content|physiobank|pn\d)\/\S/ },
  { host: 'synapse.org', path: /syn\d/i },
  { host: 'dandiarchive.org', path: /^\/(#\/)?dandiset\/\S/ },
  { host: 'gin.g-node.org', path: /^\/\S+\/\S/ },
  { host: 'kaggle.com', path: /^\/(datasets|c|competitions)\/\S|^\/[\w-]+\/[\w-]+/ },
  { host: 'huggingface.co', path: /^\/datasets\/\S/ },
  { host: 'grand-challenge.org', path: /^\/\S|^$/ },
  { host: 'identifiers.org', path: /^\/\S/ },
  { host: 'ncbi.nlm.nih.gov', path: /^\/(geo|sra|bioproject|gap|nuccore|projects\/gap|biosample)\b\S*[=/]\S/ },
  { host: 'ebi.ac.uk', path: /^\/(arrayexpress|biostudies|ena|pride|metabolights|empiar|ega)\/\S/ },
  { host: 'ega-archive.org', path: /^\/(studies|datasets)\/\S/ },
  { host: 'clinicaltrials.gov', path: /NCT\d{8}/ },
  { host: 'drks.de', path: /\w/ },
  { host: 'isrctn.com', path: /ISRCTN\d/ },
  { host: 'crcns.org', path: /^\/data/ },
  { host: 'ieee-dataport.org', path: /^\/\S/ },
  { host: 'scidb.cn', path: /^\/\S/ },
  { host: 'data.gov', path: /^\/dataset\/\S/ },
  { host: 'massive.ucsd.edu', path: /MSV\d/ },
  { host: 'icpsr.umich.edu', path: /stud(y|ies)\/\d/ },
  { host: 'brainlife.io', path: /^\/(pub|project)\/\S/ },
  { host: 'search.kg.ebrains.eu', path: /instances/ },
  { host: 'cancerimagingarchive.net', path: /\w/ },
  { host: 'nda.nih.gov' },
  { host: 'nitrc.org', path: /^\/ir\/data|^\/frs\/\S*data/ },
  { host: 'fcon_1000.projects.nitrc.org' },
  { host: 'humanconnectome.org' },
  { host: 'adni.loni.usc.edu' },
  { host: 'adni-info.org' },
  { host: 'ida.loni.usc.edu' },
  { host: 'ppmi-info.org' },
  { host: 'aibl.csiro.au' },
  { host: 'oasis-brains.org' },
  { host: 'ukbiobank.ac.uk' },
  { host: 'biobank.ctsu.ox.ac.uk' },
  { host: 'biobank.ndph.ox.ac.uk' },
  { host: 'abcdstudy.org' },
  { host: 'cam-can.org' },
  { host: 'camcan-archive.mrc-cbu.cam.ac.uk' },
  { host: 'brain-development.org' },
  { host: 'studyforrest.org' },
  { host: 'naturalscenesdataset.org' },
  { host: 'portal.gdc.cancer.gov' },
  { host: 'portal.imaging.datacommons.cancer.gov' },
];
