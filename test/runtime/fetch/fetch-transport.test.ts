import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../cli/up/free-port.ts';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../../src/http/message.ts';
import { retriesFailure } from '../../../src/proxy/forward/retry.ts';
import { type Attempt, TransportError } from '../../../src/proxy/forward/transport.ts';
import type { FetchBody } from '../../../src/runtime/fetch/fetch-exchange.ts';
import { FetchTransport } from '../../../src/runtime/fetch/fetch-transport.ts';
import { buildCluster } from '../../support/snapshot.ts';

const cluster = buildCluster('outbound|80||echo.test');
const encoder = new TextEncoder();

/** Targets that fetch would send otherwise than policy judged them. */
const rewritten: readonly [path: string, query: string][] = [
  ['/a/../b', ''],
  ['/a/%2e%2e/b', ''],
  ['/.', ''],
  ['/a\\b', ''],
  ['/a b', ''],
  ['/a"b', ''],
  ['/a{b}', ''],
  ['/a\tb', ''],
  ['/ü', ''],
  ['/a#b', ''],
  ['/a?b', ''],
  ['/a', "?q='"],
  ['/a', '?q="'],
  ['/a', '?q=#x'],
  ['@other.test/a', ''],
  ['.other.test/a', ''],
  ['*', ''],
];

const kept: readonly [path: string, query: string][] = [
  ['/', ''],
  ['//a//b', ''],
  ['/a%2Fb%5c', ''],
  ['/%7e%41', ''],
  ['/a;v=1/b:c@d', ''],
  ['/a', '?'],
  ['/a', '?q=/../&x=%20+'],
];

describe('FetchTransport', () => {
  const transport = new FetchTransport((input, init) => fetch(input, init));
  let server: Server;
  let port: number;
  let seen: IncomingMessage[] = [];
  let answer: RequestListener = (_, response) => response.end();

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  function attempt(parts: Partial<CanonicalRequest> = {}, body?: FetchBody): Attempt<FetchBody> {
    const target = { authority: 'shop.test', host: 'shop.test', port: undefined, path: '/', query: '' };
    const request = {
      method: 'GET',
      scheme: 'http',
      headers: new HeaderList(),
      ...target,
      ...parts,
    } as const;
    return { request, body, cluster, address: '127.0.0.1', port, mesh: false };
  }

  const send = (parts?: Partial<CanonicalRequest>, body?: FetchBody) => {
    seen = [];
    return transport.send(attempt(parts, body), undefined);
  };

  test('sends to the endpoint, which sees its own address as the authority', async () => {
    answer = (_, response) => response.writeHead(201, { 'x-answer': 'yes' }).end('done');
    const headers = HeaderList.from([
      ['x-user', 'ann'],
      ['x-many', 'a'],
      ['x-many', 'b'],
    ]);
    const response = await send({ method: 'DELETE', path: '/a', query: '?b=1', headers });
    const [request] = seen;
    assert.deepEqual([request?.method, request?.url], ['DELETE', '/a?b=1']);
    const { host, 'x-user': user, 'x-many': many } = request?.headers ?? {};
    assert.deepEqual([host, user, many], [`127.0.0.1:${port}`, 'ann', 'a, b']);
    assert.deepEqual([response.status, response.headers.get('x-answer')], [201, 'yes']);
    assert.equal(await new Response(response.body).text(), 'done');
  });

  test('does not follow a redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    const { status, headers } = await send();
    assert.deepEqual([status, headers.get('location'), seen.length], [302, '/elsewhere', 1]);
  });

  test('strips what is for one connection, both ways', async () => {
    answer = (_, response) => {
      response.setHeader('connection', 'keep-alive, x-hop');
      response.setHeader('x-hop', '1');
      response.setHeader('proxy-authenticate', 'Basic');
      response.setHeader('x-kept', '1');
      response.end();
    };
    const headers = HeaderList.from([
      ['connection', 'x-mine'],
      ['x-mine', '1'],
      ['te', 'trailers'],
      ['upgrade', 'h2c'],
      ['proxy-authorization', 'Basic eDp5'],
      ['x-kept', '1'],
    ]);
    const response = await send({ headers });
    const sent = seen[0]?.headers ?? {};
    for (const name of ['x-mine', 'te', 'upgrade', 'proxy-authorization']) assert.ok(!(name in sent), name);
    assert.equal(sent['x-kept'], '1');
    for (const name of ['connection', 'keep-alive', 'x-hop', 'proxy-authenticate', 'transfer-encoding']) {
      assert.ok(!response.headers.has(name), name);
    }
    assert.equal(response.headers.get('x-kept'), '1');
  });

  test('keeps every Set-Cookie apart', async () => {
    answer = (_, response) => response.setHeader('set-cookie', ['a=1', 'b=2']).end();
    const { headers } = await send();
    assert.deepEqual(headers.getAll('set-cookie'), ['a=1', 'b=2']);
  });

  const unsent = (error: unknown): boolean =>
    error instanceof TransportError && error.failure === 'protocol' && !error.sent;

  for (const [path, query] of rewritten) {
    test(`refuses ${JSON.stringify(path + query)}, which would not arrive as it was judged`, async () => {
      await assert.rejects(send({ path, query }), unsent);
      assert.equal(seen.length, 0);
    });
  }

  for (const method of ['GET', 'HEAD']) {
    test(`refuses ${method} with a body, which fetch cannot send`, async () => {
      await assert.rejects(send({ method }, new ReadableStream()), unsent);
    });
  }

  for (const [path, query] of kept) {
    test(`sends ${path}${query} byte for byte`, async () => {
      answer = (_, response) => response.end();
      await send({ path, query });
      assert.equal(seen[0]?.url, path + query);
    });
  }

  test('streams a body up before it has ended', async () => {
    answer = async (request, response) => {
      for await (const chunk of request) response.write(chunk);
      response.end();
    };
    const up = new TransformStream<Uint8Array, Uint8Array>();
    const writer = up.writable.getWriter();
    void writer.write(encoder.encode('first'));
    const { body } = await send({ method: 'POST' }, up.readable);
    assert.ok(body instanceof ReadableStream);
    const chunks = texts(body);
    assert.equal((await chunks.next()).value, 'first');
    // Only now is there a second chunk: what came back cannot have waited for it.
    void writer.write(encoder.encode('second')).then(() => writer.close());
    assert.equal((await chunks.next()).value, 'second');
    assert.equal((await chunks.next()).done, true);
  });

  test('streams a body down before it has ended', async () => {
    const readFirst = Promise.withResolvers<void>();
    answer = (_, response) => {
      response.write('first');
      void readFirst.promise.then(() => response.end('second'));
    };
    const { body } = await send();
    assert.ok(body instanceof ReadableStream);
    const chunks = texts(body);
    assert.equal((await chunks.next()).value, 'first');
    readFirst.resolve();
    assert.equal((await chunks.next()).value, 'second');
  });

  test('what must be ISTIO_MUTUAL is never sent, for fetch would send plaintext', async () => {
    seen = [];
    const tls = { mode: 'mesh', sni: 'x', sans: [], required: true } as const;
    const refused = (error: unknown): boolean =>
      error instanceof TransportError && error.failure === 'tls-failure' && !error.sent;
    for (const mesh of [true, false]) {
      const required = { ...attempt(), cluster: { ...cluster, tls }, mesh };
      await assert.rejects(transport.send(required, undefined), refused);
    }
    assert.equal(seen.length, 0);
  });

  test('TLS to a backend is spoken only where fetch itself would hold it to its name and authority', async () => {
    seen = [];
    const backend = { mode: 'server', serverName: 'b.invalid', names: ['b.invalid'], roots: '' } as const;
    const refused = (error: unknown): boolean =>
      error instanceof TransportError && error.failure === 'tls-failure' && !error.sent;
    for (const tls of [{ ...backend, roots: 'PEM' }, backend, { ...backend, names: ['c.invalid'] }]) {
      const place = tls === backend ? {} : { address: 'b.invalid' };
      const wrong = { ...attempt(), cluster: { ...cluster, tls }, ...place };
      await assert.rejects(transport.send(wrong, undefined), refused);
    }
    assert.equal(seen.length, 0);
  });

  test('a rejection may have been sent, so a POST is not sent again for it', async () => {
    answer = (request) => request.socket.destroy();
    const on = { attempts: 1, on: ['connect-failure'], statuses: [], backoffMs: 0 };
    const repeats = (method: string) => (error: unknown) => {
      assert.ok(error instanceof TransportError && error.sent);
      return retriesFailure(on, error, method) === (method === 'DELETE');
    };
    for (const method of ['POST', 'DELETE']) await assert.rejects(send({ method }), repeats(method));
  });

  test('a port where nobody listens is a connect failure', async () => {
    const nobody = { ...attempt(), port: await freePort() };
    const refused = (error: unknown): boolean =>
      error instanceof TransportError && error.failure === 'connect-failure';
    await assert.rejects(transport.send(nobody, undefined), refused);
  });

  test('a signal abandons the attempt', async () => {
    const abort = new AbortController();
    answer = () => abort.abort();
    const aborted = (error: unknown): boolean =>
      error instanceof TransportError && error.failure === 'aborted';
    await assert.rejects(transport.send(attempt(), abort.signal), aborted);
  });
});

async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
}
