import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child } from '../../bench/child.ts';
import { dnsQuery, dnsReply } from '../support/dns-client.ts';
import { isFull } from '../support/full-runs.ts';
import { commandOf, RUNTIMES } from '../support/proxy-process.ts';

const MAIN = fileURLToPath(new URL('../support/dns-main.ts', import.meta.url));

/** In the short form nothing depends on how busy the machine is. */
const load = isFull ? { perSecond: 10_000, questions: 100_000 } : { perSecond: 2_000, questions: 1_000 };
/** One burst of questions every so many ms. */
const tickMs = 2;
/** Questions under way at a time: what the smallest receive buffer holds. */
const window = 200;
const longestMs = 90_000;

describe(`DNS under ${load.perSecond} questions a second`, () => {
  for (const runtime of RUNTIMES)
    test(`answers every one on ${runtime}`, async (t) => {
      const child = new Child(`dns on ${runtime}`, commandOf(runtime, MAIN));
      const ask = async () => (await child.ask('')) as { port: number; used: number };
      try {
        const before = await ask();
        const begun = performance.now();
        const { answered, wrong } = await askAll(before.port);
        const seconds = (performance.now() - begun) / 1000;
        const cpu = ((await ask()).used - before.used) / 1e6;
        const rate = Math.round(load.questions / seconds);
        t.diagnostic(
          `${runtime}: ${rate}/s, ${answered} of ${load.questions}, ${(cpu / seconds).toFixed(2)} CPU`,
        );
        assert.deepEqual([answered, wrong], [load.questions, 0]);
        // Of one core, whatever else this machine is at.
        if (isFull) assert.ok(load.questions / cpu > load.perSecond, `${cpu} s of CPU`);
      } finally {
        await child.stop();
      }
    });
});

/** Sends the questions at their pace, each with an id that no other has at the time. */
async function askAll(port: number): Promise<{ answered: number; wrong: number }> {
  const socket = await open();
  let [answered, wrong, sent] = [0, 0, 0];
  socket.on('message', (message) => {
    const { id, addresses } = dnsReply(message);
    answered++;
    if (addresses[0] !== addressOf(id % 1_000)) wrong++;
  });
  const queries = Array.from({ length: 1_000 }, (_, i) => dnsQuery(`service-${i}.default`, 'A'));
  const begun = performance.now();
  while (sent < load.questions && performance.now() - begun < longestMs) {
    const due = Math.min(load.questions, ((performance.now() - begun) / 1000) * load.perSecond);
    for (; sent < due && sent - answered < window; sent++) {
      const id = sent % 60_000;
      const query = Buffer.from(queries[id % 1_000] ?? []);
      query.writeUInt16BE(id, 0);
      socket.send(query, port, '127.0.0.1');
    }
    await sleep(tickMs);
  }
  while (answered < sent && performance.now() - begun < longestMs) await sleep(tickMs);
  socket.close();
  return { answered, wrong };
}

function addressOf(service: number): string {
  return `240.240.${service >> 8}.${service & 255}`;
}

function open(): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve) =>
    socket.bind(0, '127.0.0.1', () => {
      socket.setRecvBufferSize(1024 * 1024);
      resolve(socket);
    }),
  );
}
