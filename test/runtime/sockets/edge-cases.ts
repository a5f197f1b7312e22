import assert from 'node:assert/strict';
import { HeaderList } from '../../../src/http/header-list.ts';
import { NonceMemory } from '../../../src/identity/signature/nonce-memory.ts';
import { RequestVerifier } from '../../../src/identity/signature/request-verifier.ts';
import { verifyCsr } from '../../../src/identity/x509/csr.ts';
import type { Exchange } from '../../../src/proxy/exchange.ts';
import type { ProxyResponse } from '../../../src/proxy/forward/transport.ts';
import { behindSignature } from '../../../src/proxy/signed-door.ts';
import { askEdgeCertificate, type IssuedEdge } from '../../../src/runtime/control/edge-certificate.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { DigestedBody } from '../../../src/runtime/sockets/digested-body.ts';
import { EdgeListener } from '../../../src/runtime/sockets/edge-listener.ts';
import { systemClock as clock } from '../../../src/runtime/system.ts';
import { type EdgeRequest, sendToEdge, signedEdgeRequest } from '../../support/edge-request.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { OWN_ID, SigningPair } from '../../support/signed-request.ts';
import type { Case } from './case.ts';

const SERVER_NAME = 'outbound_.80_._.web.default.svc.cluster.local';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Scene {
  readonly port: number;
  readonly pair: SigningPair;
  readonly listener: EdgeListener;
  /** What came to the application. */
  readonly seen: Exchange<BodySource>[];
  send(request: EdgeRequest): Promise<{ readonly status: number; readonly body: string }>;
  signed(request: Omit<EdgeRequest, 'port' | 'headers'>): Promise<EdgeRequest>;
  certificate(): Promise<IssuedEdge>;
}

/** An edge listener before an application that answers with the body it got. */
async function withEdge(run: (scene: Scene) => Promise<void>): Promise<void> {
  const pair = await SigningPair.create(Date.now());
  const seen: Exchange<BodySource>[] = [];
  const own = () => ({ id: OWN_ID, authority: `localhost:${listener.port}`, startedAt: 0 });
  const verifier = new RequestVerifier(() => pair.trust, own, new NonceMemory());
  const handler = behindSignature<BodySource>({
    verifier,
    handler: async (exchange) => {
      seen.push(exchange);
      return echo(exchange);
    },
    active: () => undefined,
    portOf: (name) => (name === SERVER_NAME ? 8080 : undefined),
    digested: (body, digest) => new DigestedBody(body, digest),
    clock,
    log: quiet,
  });
  const listener = await EdgeListener.open({ address: '127.0.0.1', port: 0, handler, log: quiet });
  const certificate = () => askEdgeCertificate({ callJson: ({ body }) => issued(pair, body) });
  listener.setCertificate(await certificate());
  const target = { port: listener.port, destination: OWN_ID, serverName: SERVER_NAME };
  try {
    await run({
      ...{ port: listener.port, pair, listener, seen, certificate },
      send: (request) => sendToEdge(request, pair.authority.bundle()),
      signed: (request) => signedEdgeRequest(pair.key, target, { ...request, headers: new HeaderList() }),
    });
  } finally {
    listener.close();
  }
}

async function issued({ authority }: SigningPair, body: unknown): Promise<unknown> {
  const publicKey = await verifyCsr(String(Object(body).csr));
  const { chainPem } = await authority.issueSpecial(publicKey, { kind: 'edge', host: 'localhost' }, 60_000);
  return { chain: chainPem, host: 'localhost' };
}

/** Answers 400 to a body that breaks off. */
function echo({ body }: Exchange<BodySource>): Promise<ProxyResponse<BodySource>> {
  const answer = (status: number, text: string) => ({
    status,
    reason: '',
    headers: new HeaderList(),
    body: text,
  });
  if (body === undefined) return Promise.resolve(answer(200, 'nothing'));
  return new Promise((resolve) => {
    let text = '';
    body.start({
      write: (chunk) => {
        text += new TextDecoder().decode(chunk);
        return true;
      },
      end: () => resolve(answer(200, text)),
      fail: (error) => resolve(answer(400, `${text}: ${error.message}`)),
    });
  });
}

export const EDGE_CASES: readonly Case[] = [
  {
    name: 'an edge listener lets a signed request in, with its signer, port and authority',
    run: () =>
      withEdge(async ({ send, signed, seen, pair }) => {
        const first = await send(await signed({ path: '/a', query: '?b=c' }));
        assert.deepEqual(first, { status: 200, body: 'nothing' });
        const [{ head, connection } = assert.fail('nobody came')] = seen;
        assert.deepEqual([head.method, head.target], ['GET', '/a?b=c']);
        assert.equal(head.headers.get('host'), 'shop.example');
        assert.equal(head.headers.get('signature'), undefined);
        assert.equal(head.headers.get('x-weft-svid'), undefined);
        const { security, port, serverName, scheme, peer } = connection;
        assert.deepEqual([security, port, serverName, scheme], ['signed_request', 8080, SERVER_NAME, 'http']);
        assert.equal(`spiffe://${peer?.id.trustDomain}${peer?.id.path}`, pair.key.source);
      }),
  },
  {
    name: 'an edge listener refuses what is not signed, or was changed, and what it has seen before',
    run: () =>
      withEdge(async ({ port, send, signed, seen }) => {
        const unsigned = await send({ port, path: '/', headers: new HeaderList() });
        assert.deepEqual(unsigned, { status: 401, body: 'signed request refused: signature_missing' });
        const good = await signed({ path: '/a' });
        assert.equal((await send({ ...good, path: '/b' })).status, 401);
        assert.equal(seen.length, 0, 'nothing of it came in');
        assert.equal((await send(good)).status, 200);
        assert.deepEqual(await send(good), {
          status: 401,
          body: 'signed request refused: signature_replayed',
        });
        assert.equal(seen.length, 1);
      }),
  },
  {
    name: 'a signed body comes through an edge listener whole, and breaks off where it was changed',
    run: () =>
      withEdge(async ({ send, signed, seen }) => {
        for (const body of ['x', 'hello world', 'y'.repeat(300_000)])
          assert.deepEqual(await send(await signed({ method: 'POST', path: '/', body })), {
            status: 200,
            body,
          });
        const good = await signed({ method: 'POST', path: '/', body: 'pay 10 to a' });
        const { status, body } = await send({ ...good, body: 'pay 99 to b' });
        assert.equal(status, 400);
        assert.doesNotMatch(body, /pay 99 to b:/, 'the last octet was held back');
        const cut = { ...(await signed({ method: 'POST', path: '/', body: 'gone' })), body: '' };
        assert.deepEqual(await send(cut), { status: 401, body: 'signed request refused: signature_body' });
        assert.equal(seen.length, 4);
      }),
  },
  {
    name: 'an edge listener speaks TLS only, shows the certificate of this moment, and nothing before the first',
    run: () =>
      withEdge(async ({ port, send, signed, listener, certificate, pair }) => {
        const peer = await RawPeer.connect(port);
        peer.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
        assert.equal(await peer.untilEnd(), '');
        listener.setCertificate(await certificate());
        assert.equal((await send(await signed({ path: '/' }))).status, 200);
        await assert.rejects(
          sendToEdge(await signed({ path: '/' }), (await SigningPair.create()).authority.bundle()),
        );
        const handler = async () => assert.fail('nobody comes in');
        const bare = await EdgeListener.open({ address: '127.0.0.1', port: 0, handler, log: quiet });
        const request = { port: bare.port, path: '/', headers: new HeaderList() };
        await assert.rejects(sendToEdge(request, pair.authority.bundle()));
        bare.close();
      }),
  },
];
