import { fileSource, unpacked } from '../../ingest/kit/open-bytes.ts';
import { parseRecords } from '../../ingest/pubmed/parse-records.ts';

/** Reads one file as the command does and says how fast: `parse-file.ts FILE THREADS`. A process of its own, for its own peak of memory. */
const [file = '', threads = '0'] = process.argv.slice(2);
const began = performance.now();
let citations = 0;
for await (const items of parseRecords(unpacked(await fileSource(file)), { threads: Number(threads) })) {
  for (const { kind } of items) if (kind === 'article') citations += 1;
}
const seconds = (performance.now() - began) / 1_000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1_000_000;
process.stdout.write(`${JSON.stringify({ citations, seconds, cpuSeconds, peakMb: maxRSS / 1_024 })}\n`);
