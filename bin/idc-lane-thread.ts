import { parentPort, workerData } from 'node:worker_threads';
import { takeSeriesInto } from '../ingest/idc/take-series.ts';
import { openRowStore } from '../src/compose.ts';
import type { LaneNews, LaneOrder } from './idc-lane.ts';
import { createLogger } from './output.ts';

// The thread that started this one wrote the order, see idc-lane.ts.
const { databaseUrl, task } = workerData as LaneOrder;
const controller = new AbortController();
parentPort?.once('message', () => controller.abort());
const tell = (news: LaneNews): void => parentPort?.postMessage(news);
const { rows, close } = await openRowStore(databaseUrl, createLogger('warn'));
try {
  const watch = { signal: controller.signal, onProgress: (series: number) => tell({ series }) };
  tell({ report: await takeSeriesInto(rows)(task, watch) });
} finally {
  await close();
  parentPort?.unref();
}
