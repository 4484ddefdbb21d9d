import { serveWorker } from '../../src/kernel/worker-call.ts';
import type { ParseApi } from './parse-records.ts';
import { RecordReader } from './read-record.ts';

const reader = new RecordReader();

serveWorker<ParseApi>(() => ({
  parse: (bytes, borders) => {
    const slab = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const items = borders.flatMap(({ start, end, ...border }) =>
      reader.read({ ...border, bytes: slab.subarray(start, end) }),
    );
    return JSON.stringify(items);
  },
}));
