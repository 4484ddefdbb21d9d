import { Worker } from 'node:worker_threads';
import type { SeriesReport, SeriesTask, TakeSeries } from '../ingest/idc/take-series.ts';
import type { Application } from '../src/compose.ts';

/** What a lane is told when it starts. */
export interface LaneOrder {
  readonly databaseUrl: string;
  readonly task: SeriesTask;
}

/** What a lane tells. */
export type LaneNews = { readonly series: number } | { readonly report: SeriesReport };

/** Most memory that a lane's own objects take, in MB: two lanes and DuckDB must stay below 1 GB together. */
const laneLimits = { maxOldGenerationSizeMb: 112, maxYoungGenerationSizeMb: 24 };

/**
 * Runs parts of the Imaging Data Commons index in threads of their own, each with its connection: reading, checking and hashing a
 * million series keeps one core busy for as long as storing them does another.
 */
export function idcLanes(app: Application): TakeSeries {
  return async ({ index: { files, collections }, ...rest }, { signal, onProgress }) => {
    const task: SeriesTask = { index: { files, threads: 1, ...(collections && { collections }) }, ...rest };
    const order: LaneOrder = { databaseUrl: app.databaseUrl, task };
    const worker = new Worker(new URL(laneProgram, import.meta.url), { workerData: order, resourceLimits: laneLimits });
    const stop = (): void => worker.postMessage('stop');
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise<SeriesReport>((resolve, reject) => {
        worker.on('message', (news: LaneNews) => {
          if ('series' in news) onProgress?.(news.series);
          else resolve(news.report);
        });
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`a lane of the ingest ended early (${code})`)));
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  };
}

/** Beside this file, whether it runs as TypeScript or built. */
const laneProgram = import.meta.url.endsWith('.ts') ? './idc-lane-thread.ts' : './idc-lane-thread.js';
