import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeStream } from '../support/judged-stream.ts';
import { missingNginx, startNginx } from '../support/nginx.ts';
import { octets } from '../support/octets.ts';
import { differences, sendPipeline } from '../support/pipeline.ts';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts';
import { SMUGGLING_HEADS, type SmugglingAttempt, smugglingAttempts } from '../support/smuggling-heads.ts';
import { missingVectors } from '../support/vectors.ts';

const CONCURRENCY = 16;

/** Every attempt, with a clean request behind it on the same connection. */
async function attackAll(port: number, attempts: readonly SmugglingAttempt[], upstream: RecordingUpstream) {
  const found: string[] = [];
  const expected: string[] = [];
  let refused = 0;
  const queue = attempts.entries();
  const attacker = async () => {
    for (const [i, { name, bytes }] of queue) {
      const after = octets(`GET /after/${i} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
      const judged = judgeStream(Buffer.concat([bytes, after]));
      const answers = await sendPipeline(port, [bytes, after], judged);
      if (judged.requests.length === 0) refused++;
      expected.push(...judged.requests.flatMap((request) => (request ? JSON.stringify(request) : [])));
      found.push(...differences(judged, answers).map((text) => `${name}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, attacker));
  assert.deepEqual(found, []);
  assert.deepEqual(upstream.malformed, []);
  const seen = upstream.requests.splice(0).map((request) => JSON.stringify(request));
  assert.deepEqual(seen.sort(), expected.sort());
  return refused;
}

describe('smuggling heads through two sidecars', { skip: missingVectors(SMUGGLING_HEADS) }, () => {
  const attempts = missingVectors(SMUGGLING_HEADS) ? [] : smugglingAttempts();

  for (const runtime of RUNTIMES) {
    test(`node:http behind ${runtime} understands every request as the sidecar judged it`, async (t) => {
      const upstream = await startRecordingUpstream();
      t.after(() => upstream.close());
      await withProxies(runtime, async (proxies) => {
        const refused = await attackAll(await proxies.openChain(upstream.port), attempts, upstream);
        assert.ok(refused > attempts.length / 2, `${refused} of ${attempts.length} refused`);
      });
    });
  }

  test('nginx understands every request as the sidecar judged it', { skip: missingNginx() }, async (t) => {
    const upstream = await startRecordingUpstream();
    t.after(() => upstream.close());
    const nginx = await startNginx(upstream.port);
    t.after(() => nginx.stop());
    await withProxies('node', async (proxies) => {
      await attackAll(await proxies.openChain(nginx.port), attempts, upstream);
    });
  });
});
