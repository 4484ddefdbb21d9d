import type { CodegenConfig } from '@graphql-codegen/cli';

const catalog = '../catalog/index.ts#';
const access = '../access/index.ts#';

/** Contract types of the GraphQL API; run before types, build and tests. */
const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'src/graphql/generated.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        contextType: './context.ts#RequestContext',
        enumsAsTypes: true,
        immutableTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { ID: 'string', DateTime: 'Date', Date: 'string', JSON: 'unknown' },
        importExtension: '.ts',
        emitLegacyCommonJSImports: false,
        mappers: {
          Count: '../kernel/count.ts#Count as CountModel',
          ExactCount: '../kernel/count.ts#ExactCount as ExactCountModel',
          Node: './context.ts#AnyNode',
          ...Object.fromEntries(
            [
              'Dataset',
              'DatasetVersion',
              'Subject',
              'ImagingSession',
              'Scan',
              'Resource',
              'Assessor',
              'Variable',
              'VariableSummary',
              'VariableValue',
            ].flatMap((type) => [[type, `${catalog}${type} as ${type}Model`]]),
          ),
          ...Object.fromEntries(
            [
              'Concept',
              'Modality',
              'License',
              'Agent',
              'Distribution',
              'Publication',
              'DatasetRelation',
              'CountStatement',
            ].map((type) => [type, `${catalog}${type} as ${type}Model`]),
          ),
          ConceptConnection: './context.ts#ConceptConnectionModel',
          Share: `${catalog}ShareEdge as ShareModel`,
          DatasetConnection: './context.ts#DatasetConnectionModel',
          SubjectConnection: './context.ts#SubjectConnectionModel',
          ImagingSessionConnection: './context.ts#SessionConnectionModel',
          ScanConnection: './context.ts#ScanConnectionModel',
          VariableConnection: './context.ts#VariableConnectionModel',
          DatasetVersionConnection: './context.ts#VersionConnectionModel',
          DatasetSearch: '../search/index.ts#DatasetSearch as DatasetSearchModel',
          DatasetHit: '../search/index.ts#DatasetHit as DatasetHitModel',
          Facet: '../search/index.ts#FacetAnswer as FacetModel',
          ...Object.fromEntries(
            ['DataSource', 'HarvestRun', 'HarvestReport', 'Freshness'].map((type) => [
              type,
              `../harvest/index.ts#${type} as ${type}Model`,
            ]),
          ),
          ...Object.fromEntries(
            ['Article', 'ArticleAuthor', 'ArticleSection', 'ArticleNotice', 'ArticleHit'].map((type) => [
              type,
              `../literature/index.ts#${type} as ${type}Model`,
            ]),
          ),
          ArticleSearch: '../literature/index.ts#ArticleSearch as ArticleSearchModel',
          Question: '../literature/index.ts#Question as QuestionModel',
          QuestionMatch: '../literature/index.ts#QuestionMatch as QuestionMatchModel',
          QuestionMatchConnection: './context.ts#QuestionMatchConnectionModel',
          HarvestRunConnection: './context.ts#HarvestRunConnectionModel',
          Pipeline: '../pipelines/index.ts#PipelineSpec as PipelineModel',
          PipelineLimits: '../pipelines/index.ts#ResourceLimits as PipelineLimitsModel',
          Engine: '../pipelines/index.ts#EngineNow as EngineModel',
          PipelineRun: '../pipelines/index.ts#PipelineRun as PipelineRunModel',
          RunResourceUse: '../pipelines/index.ts#RunUse as RunResourceUseModel',
          RunCohort: '../pipelines/index.ts#FrozenCohort as RunCohortModel',
          RunOutput: '../pipelines/index.ts#RunOutput as RunOutputModel',
          PipelineRunConnection: './context.ts#PipelineRunConnectionModel',
          SavedSearch: '../search/index.ts#SavedSearch as SavedSearchModel',
          Histogram: '../search/index.ts#HistogramAnswer as HistogramModel',
          Catalog: './context.ts#CatalogModel',
          Viewer: `${access}Principal as ViewerModel`,
          Principal: `${access}PrincipalRecord as PrincipalModel`,
          RoleGrant: `${access}GrantRecord as RoleGrantModel`,
          AccessToken: `${access}TokenRecord as AccessTokenModel`,
          AuditEntry: `${access}StoredAuditEntry as AuditEntryModel`,
          PrincipalConnection: './context.ts#PrincipalConnectionModel',
          AuditEntryConnection: './context.ts#AuditEntryConnectionModel',
        },
      },
    },
  },
};
export default config;
