import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeStream } from '../support/judged-stream.ts';
import { answersIn, differences, type RawAnswer, sendPipeline } from '../support/pipeline.ts';
import { type ProxyProcess, RUNTIMES, type Runtime, withProxies } from '../support/proxy-process.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { fromBase64, missingVectors, readVectors } from '../support/vectors.ts';

const FILE = 'raw-http-probe.json';

/** The answers to each probe, in its order. */
async function answersTo(probes: readonly Uint8Array[], proxies: ProxyProcess, upstream: number) {
  const port = await proxies.open('service', upstream);
  const answers: RawAnswer[][] = [];
  for (const probe of probes) answers.push(await sendPipeline(port, [probe], judgeStream(probe)));
  return answers;
}

test('every raw probe has the same verdict on every runtime, and it is the codec’s', {
  skip: missingVectors(FILE),
}, async (t) => {
  const cases = readVectors<{ name: string; raw_b64: string }[]>(FILE);
  assert.equal(cases.length, 97);
  const probes = cases.map(({ raw_b64 }) => fromBase64(raw_b64));
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const verdicts = new Map<Runtime, RawAnswer[][]>();
  for (const runtime of RUNTIMES) {
    await withProxies(runtime, async (proxies) => {
      verdicts.set(runtime, await answersTo(probes, proxies, upstream.port));
    });
  }
  for (const [i, { name }] of cases.entries()) {
    const [first, ...others] = RUNTIMES.map((runtime) => verdicts.get(runtime)?.[i] ?? []);
    for (const other of others) assert.deepEqual(other, first, name);
    assert.deepEqual(differences(judgeStream(probes[i] as Uint8Array), first as RawAnswer[]), [], name);
  }
  assert.deepEqual(upstream.malformed, []);
});

test('answers are told apart by their lengths', () => {
  const text = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab';
  assert.deepEqual(answersIn(`${text}${text}HTTP/1.1 400 \r\ncontent-length: 9\r\n\r\ncut`), [
    { status: 200, body: 'ab' },
    { status: 200, body: 'ab' },
  ]);
});
