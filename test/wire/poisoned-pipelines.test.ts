import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sized } from '../support/full-runs.ts';
import { judgeStream } from '../support/judged-stream.ts';
import { missingNginx, startNginx } from '../support/nginx.ts';
import { octets, piecesOf } from '../support/octets.ts';
import { differences, sendPipeline } from '../support/pipeline.ts';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts';
import { chosenSeed, Seeded } from '../support/seeded.ts';
import { SMUGGLING_HEADS, smugglingAttempts } from '../support/smuggling-heads.ts';
import { missingVectors } from '../support/vectors.ts';

const PIPELINES = sized(250, 10_000);
const CONCURRENCY = 16;

/** A request that says which connection and which place it belongs to. */
function goodRequest(connection: number, place: number, seeded: Seeded): Uint8Array {
  const target = `/good/${connection}/${place}`;
  const head = `Host: a.example\r\nX-Connection: ${connection}\r\n`;
  const body = `body of ${connection}/${place}`;
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
  return octets(
    seeded.pick([
      `GET ${target} HTTP/1.1\r\n${head}\r\n`,
      `POST ${target} HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`,
      `POST ${target} HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
    ]),
  );
}

/** Good requests with something between them that two readers may understand in two ways. */
function poisonedPipeline(connection: number, poisons: readonly Uint8Array[], seeded: Seeded): Uint8Array {
  const requests = Array.from({ length: 2 + seeded.below(4) }, (_, i) => goodRequest(connection, i, seeded));
  requests.splice(1 + seeded.below(requests.length), 0, seeded.pick(poisons));
  return Buffer.concat(requests);
}

/** Sends them side by side: their requests share the connections to the upstream. */
async function sendAll(port: number, poisons: readonly Uint8Array[]): Promise<void> {
  const seed = chosenSeed();
  const seeded = new Seeded(seed);
  const mixed: string[] = [];
  let next = 0;
  const client = async () => {
    while (next < PIPELINES) {
      const connection = next++;
      const bytes = poisonedPipeline(connection, poisons, seeded);
      const cuts = Array.from({ length: seeded.below(4) }, () => seeded.below(bytes.length));
      const judged = judgeStream(bytes);
      const answers = await sendPipeline(port, piecesOf(bytes, cuts), judged);
      mixed.push(...differences(judged, answers).map((text) => `${connection}: ${text}`));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  assert.deepEqual(mixed, [], `WEFT_SEED=${seed}`);
}

describe(`${PIPELINES} poisoned pipelines mix no responses`, {
  skip: missingVectors(SMUGGLING_HEADS),
}, () => {
  const poisons = missingVectors(SMUGGLING_HEADS) ? [] : smugglingAttempts().map(({ bytes }) => bytes);
  let upstream: RecordingUpstream;
  before(async () => {
    upstream = await startRecordingUpstream();
  });
  after(() => upstream.close());

  for (const runtime of RUNTIMES) {
    test(`through two sidecars on ${runtime} to node:http`, () =>
      withProxies(runtime, async (proxies) => sendAll(await proxies.openChain(upstream.port), poisons)));
  }

  test('through two sidecars to nginx', { skip: missingNginx() }, async (t) => {
    const nginx = await startNginx(upstream.port);
    t.after(() => nginx.stop());
    await withProxies('node', async (proxies) => sendAll(await proxies.openChain(nginx.port), poisons));
  });
});
