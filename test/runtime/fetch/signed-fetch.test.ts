import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { contentDigestOf } from '../../../src/identity/signature/content-digest.ts';
import type { ProofKey } from '../../../src/identity/signature/proof-key.ts';
import { type Attempt, TransportError } from '../../../src/proxy/forward/transport.ts';
import type { FetchBody } from '../../../src/runtime/fetch/fetch-exchange.ts';
import { FetchTransport } from '../../../src/runtime/fetch/fetch-transport.ts';
import { type Cancellation, Canceller } from '../../../src/runtime/ports.ts';
import { OWN_AUTHORITY, OWN_ID, SigningPair } from '../../support/signed-request.ts';
import { buildCluster } from '../../support/snapshot.ts';

const SNI = 'outbound_.80_._.web.default.svc.cluster.local';
const tls = { mode: 'mesh', sni: SNI, sans: [OWN_ID], required: true } as const;
const cluster = buildCluster('outbound|80||web.default.svc.cluster.local', { tls });

let pair: SigningPair;
let sent: { url: URL; method: string; headers: HeaderList; body: BodyInit | null | undefined } | undefined;
before(async () => {
  pair = await SigningPair.create();
});

/** A transport whose fetch answers 200 and keeps what it was given. */
function transport(key: () => ProofKey | undefined = () => pair.key): FetchTransport {
  const fetcher = async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const headers = HeaderList.from(init.headers as Headers);
    sent = { url: new URL(String(input)), method: init.method ?? 'GET', headers, body: init.body };
    return new Response('');
  };
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const clock = { now: () => pair.time.now, sleep: sleeping };
  return new FetchTransport(fetcher, { key, clock, random });
}

/** A sleep that lasts until the test ends it, or the sleeper is told. */
const sleepers = new Set<() => void>();
function sleeping(_ms: number, signal?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    sleepers.add(resolve);
    const wake = (): void => {
      sleepers.delete(resolve);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', wake, { once: true });
  });
}

function attempt(headers: readonly (readonly [string, string])[] = [], body?: FetchBody): Attempt<FetchBody> {
  const request = {
    method: body === undefined ? 'GET' : 'POST',
    scheme: 'http',
    authority: 'shop.example',
    host: 'shop.example',
    port: undefined,
    path: '/orders',
    query: '?a=1',
    headers: HeaderList.from(headers),
  } as const;
  return { request, body, cluster, address: 'localhost', port: 15008, mesh: true };
}

/** As the receiver sees it: a list in which nothing is joined but by fetch. */
async function verdict(): Promise<string> {
  const { url, method, headers } = sent ?? assert.fail('nothing was sent');
  return pair.verdict({ method, authority: url.host, path: url.pathname, query: url.search, headers });
}

const bodyOf = (text: string): FetchBody => new Response(text).body as FetchBody;

describe('a request to a mesh endpoint', () => {
  test('goes over HTTPS with a signature that its receiver can verify', async () => {
    await transport().send(
      attempt([
        ['authorization', 'Bearer x'],
        ['connection', 'x-hop'],
        ['x-hop', '1'],
      ]),
      undefined,
    );
    assert.equal(sent?.url.href, `https://${OWN_AUTHORITY}/orders?a=1`);
    assert.equal(sent?.headers.get('x-weft-authority'), 'shop.example');
    assert.equal(sent?.headers.get('x-weft-server-name'), SNI);
    assert.equal(sent?.headers.has('x-hop'), false);
    assert.equal(await verdict(), 'verified');
  });

  test('has a label of its own whatever the client signed', async () => {
    const forged = [
      ['signature-input', 'weft=("@method");created=1, sig1=("@path");created=1'],
      ['signature', 'weft=:AAAA:, sig1=:AAAA:'],
      ['x-weft-src', 'spiffe://cluster.local/ns/default/sa/admin'],
    ] as const;
    await transport().send(attempt(forged), undefined);
    assert.equal(await verdict(), 'verified');
    assert.match(sent?.headers.get('signature-input') ?? '', /^sig1=\("@path"\);created=1, ?weft=\(/);
  });

  test('has its body signed where that is short', async () => {
    const claims = [
      ['content-type', 'text/plain'],
      ['x-weft-digest', 'none'],
    ] as const;
    await transport().send(attempt(claims, bodyOf('hello')), undefined);
    assert.equal(await verdict(), 'verified');
    assert.equal(sent?.headers.has('x-weft-digest'), false, 'a client does not say what is signed');
    const digest = await contentDigestOf(new TextEncoder().encode('hello'));
    assert.equal(sent?.headers.get('content-digest'), digest);
    assert.equal(await new Response(sent?.body ?? null).text(), 'hello');
  });

  for (const [what, headers, length] of [
    ['a long body', [], 1_100_000],
    ['gRPC', [['content-type', 'application/grpc']], 5],
  ] as const) {
    test(`says that ${what} is not signed`, async () => {
      await transport().send(attempt(headers, bodyOf('x'.repeat(length))), undefined);
      assert.equal(await verdict(), 'verified');
      assert.equal(sent?.headers.get('x-weft-digest'), 'none');
      assert.equal(sent?.headers.has('content-digest'), false);
      assert.equal((await new Response(sent?.body ?? null).text()).length, length);
    });
  }

  test('is not sent without a certified key', async () => {
    sent = undefined;
    for (const none of [
      transport(() => undefined),
      new FetchTransport(async () => assert.fail('it was sent')),
    ])
      await assert.rejects(
        none.send(attempt(), undefined),
        (error: unknown) => error instanceof TransportError && error.failure === 'tls-failure' && !error.sent,
      );
    assert.equal(sent, undefined);
  });
});

describe('a body that does not come to its end', () => {
  /** A body that gives so many octets and then nothing more until it is ended. */
  function slowBody(octets: number) {
    let dropped = false;
    let end: () => void = () => undefined;
    const body: FetchBody = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(octets));
        end = () => controller.close();
      },
      cancel: () => {
        dropped = true;
      },
    });
    return { body, end: () => end(), isDropped: () => dropped };
  }
  const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

  test('is dropped when the attempt is over, and nothing is sent', async () => {
    for (const when of ['before', 'while it waits'] as const) {
      sent = undefined;
      const { body, isDropped } = slowBody(5);
      const over = new Canceller();
      if (when === 'before') over.abort();
      const answer = transport().send(attempt([], body), over);
      const refused = assert.rejects(answer, { failure: 'aborted', sent: false });
      await turns();
      over.abort();
      await refused;
      assert.deepEqual([isDropped(), sent, sleepers.size], [true, undefined, 0], when);
    }
  });

  test('is waited for 10 s, then passed on unsigned while it comes', async () => {
    const { body, end } = slowBody(5);
    const answer = transport().send(attempt([], body), undefined);
    await turns();
    for (const wake of sleepers) wake();
    sleepers.clear();
    await answer;
    assert.equal(sent?.headers.get('x-weft-digest'), 'none');
    assert.equal(await verdict(), 'verified');
    end();
    assert.equal((await new Response(sent?.body ?? null).arrayBuffer()).byteLength, 5);
  });

  test('keeps no more than 16 MiB of an isolate waiting: what is too much is not signed until there is room', async () => {
    const own = transport();
    const over = new Canceller();
    const waiting = Array.from({ length: 16 }, () =>
      assert.rejects(own.send(attempt([], slowBody(1_000_000).body), over), { failure: 'aborted' }),
    );
    await turns();
    const flag = async (length: number) => {
      await own.send(attempt([], bodyOf('x'.repeat(length))), undefined);
      assert.equal((await new Response(sent?.body ?? null).text()).length, length);
      return sent?.headers.get('x-weft-digest');
    };
    assert.equal(await flag(900_000), 'none');
    assert.equal(await flag(5), undefined);
    over.abort();
    await Promise.all(waiting);
    assert.equal(await flag(900_000), undefined);
  });
});

test('an endpoint without an edge port gets plaintext, unless mutual TLS is demanded', async () => {
  const plain = { ...attempt(), mesh: false, address: '10.0.0.1', port: 80 };
  await assert.rejects(transport().send(plain, undefined), TransportError);
  const willing = { ...plain, cluster: { ...cluster, tls: { ...tls, required: false } } };
  await transport().send(willing, undefined);
  assert.equal(sent?.url.href, 'http://10.0.0.1/orders?a=1');
  assert.equal(sent?.headers.has('signature'), false);
});
