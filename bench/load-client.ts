import { connect } from 'node:net';

/**
 * A load generator that costs next to nothing beside the servers it measures: keep-alive sockets that send one prepared request each
 * and count the answers, whose length they know from the head. Usage: `load-client.ts URL CONNECTIONS SECONDS BODY`; prints JSON.
 */
const [url = '', connections = '1', seconds = '1', body = ''] = process.argv.slice(2);
const { hostname, port, pathname, host } = new URL(url);
const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
const request = Buffer.from(head + body);
const latenciesMs: number[] = [];
let failed = 0;
const started = performance.now();
const until = started + Number(seconds) * 1_000;

await Promise.all(Array.from({ length: Number(connections) }, askUntilTheEnd));
latenciesMs.sort((a, b) => a - b);
const at = (share: number): number => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0;
process.stdout.write(
  JSON.stringify({
    answers: latenciesMs.length,
    failed,
    seconds: (performance.now() - started) / 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }),
);

function askUntilTheEnd(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let sentAt = 0;
    let left: number | undefined;
    let begun: Buffer = Buffer.alloc(0);
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed a connection.')));
    socket.on('data', (data) => {
      let bodyBytes = data.length;
      if (left === undefined) {
        begun = Buffer.concat([begun, data]);
        const end = begun.indexOf('\r\n\r\n');
        if (end === -1) return;
        const answerHead = begun.toString('latin1', 0, end);
        if (!answerHead.startsWith('HTTP/1.1 200')) failed += 1;
        const length = /\r\ncontent-length: *(\d+)/i.exec(answerHead)?.[1];
        if (length === undefined) {
          reject(new Error('An answer without a Content-Length.'));
          return;
        }
        left = Number(length);
        bodyBytes = begun.length - end - 4;
        begun = Buffer.alloc(0);
      }
      left -= bodyBytes;
      if (left > 0) return;
      left = undefined;
      latenciesMs.push(performance.now() - sentAt);
      if (performance.now() < until) {
        send();
        return;
      }
      socket.removeAllListeners('close');
      socket.end();
      resolve();
    });
  });
}
