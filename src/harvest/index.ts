export { followHarvest } from './follow-harvest.ts';
export { dataSourceNamed, listHarvestRuns } from './list-harvest-runs.ts';
export { leaseMs, mirrorSource } from './mirror-source.ts';
export type {
  DataSource,
  DataSourceId,
  DataSourceKind,
  Freshness,
  HarvestOptions,
  HarvestProgress,
  HarvestRejection,
  HarvestReport,
  HarvestRun,
  HarvestRunId,
  HarvestRunState,
  HarvestRunWhere,
  ItemChanges,
} from './model.ts';
export type {
  HarvestStore,
  Lease,
  MirrorItem,
  MirrorItemHead,
  MirrorProject,
  MirrorShare,
  MirrorState,
  ProjectAccess,
} from './ports.ts';
export { startHarvest } from './start-harvest.ts';
