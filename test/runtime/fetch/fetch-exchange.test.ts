import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import {
  type FetchBody,
  fetchExchange,
  fetchResponse,
  requestScheme,
} from '../../../src/runtime/fetch/fetch-exchange.ts';

const connection: Connection = {
  direction: 'gateway',
  port: 80,
  scheme: 'http',
  remoteAddress: '203.0.113.7',
  localAddress: '',
  security: 'none',
  peer: undefined,
  serverName: undefined,
};

const request = (url: string, init: RequestInit): Request => new Request(url, init);

function response(
  status: number,
  headers: readonly (readonly [string, string])[],
  body?: FetchBody | string,
) {
  return fetchResponse({ status, reason: '', headers: HeaderList.from(headers), body });
}

describe('fetchExchange', () => {
  test('hands over method, raw target, headers, body and signal', async () => {
    const headers = { Host: 'shop.test', 'X-User': 'ann' };
    const signal = new AbortController().signal;
    const init = { method: 'PUT', headers, body: 'hello', signal };
    const exchange = fetchExchange(request('http://shop.test/a//b?c=%7e', init), connection);
    assert.ok(exchange);
    const { head, body } = exchange;
    assert.deepEqual([head.method, head.target], ['PUT', '/a//b?c=%7e']);
    assert.deepEqual([head.headers.get('host'), head.headers.get('x-user')], ['shop.test', 'ann']);
    assert.equal(await new Response(body).text(), 'hello');
    assert.equal(exchange.connection, connection);
    assert.equal(exchange.signal?.aborted, false);
  });

  test('a request without a body has none', () => {
    const exchange = fetchExchange(
      request('http://shop.test/', { headers: { host: 'shop.test' } }),
      connection,
    );
    assert.ok(exchange && exchange.body === undefined);
  });

  for (const host of [
    '',
    'shop.test?x',
    'shop.test#x',
    'evil@shop.test',
    'other.test',
    'shop.test, other.test',
  ]) {
    test(`Host "${host}" is not that of http://shop.test/a, which makes the head contradict itself`, () => {
      const one = request('http://shop.test/a', { headers: { host } });
      assert.equal(fetchExchange(one, connection), undefined);
    });
  }

  test('a Host that swallows the beginning of the path is not counted as path', () => {
    const one = request('http://shop.test/admin/a', { headers: { host: 'shop.test/admin' } });
    assert.equal(fetchExchange(one, connection)?.head.target, '/a');
  });

  test('without a Host nothing can be told apart', () => {
    assert.equal(fetchExchange(request('http://shop.test/a', {}), connection), undefined);
  });
});

test('the scheme is that of the connection, whatever a header says', () => {
  const claim = { headers: { 'x-forwarded-proto': 'https' } };
  assert.equal(requestScheme(request('http://shop.test/', claim)), 'http');
  assert.equal(requestScheme(request('https://shop.test/', {})), 'https');
});

describe('fetchResponse', () => {
  for (const status of [204, 205, 304]) {
    test(`${status} has no body`, async () => {
      const { body, headers } = response(status, [['etag', '"1"']], 'dropped');
      assert.equal(body, null);
      assert.equal(headers.get('etag'), '"1"');
    });
  }

  test('repeated lines stay apart where HTTP allows no joining', () => {
    const cookies = [
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2'],
      ['vary', 'a'],
      ['vary', 'b'],
    ] as const;
    const { headers } = response(200, cookies);
    assert.deepEqual(headers.getSetCookie(), ['a=1; Path=/', 'b=2']);
    assert.equal(headers.get('vary'), 'a, b');
  });

  test('text keeps the type that it was given', async () => {
    const given = response(418, [['content-type', 'text/html']], '<b>teapot</b>');
    assert.deepEqual([given.status, given.headers.get('content-type')], [418, 'text/html']);
    assert.equal(await given.text(), '<b>teapot</b>');
  });

  test('an upstream body is the very same stream', () => {
    const stream = new ReadableStream<Uint8Array>();
    assert.equal(response(200, [], stream).body, stream);
  });

  test('what would close a connection is a plain refusal', () => {
    const { status, body } = response(0, []);
    assert.deepEqual([status, body], [403, null]);
  });

  for (const status of [101, 199, 600, 999]) {
    test(`${status}, which fetch cannot say, becomes 502 and lets go of the body`, async () => {
      const cancelled = Promise.withResolvers<unknown>();
      const body = new ReadableStream<Uint8Array>({ cancel: cancelled.resolve });
      assert.equal(response(status, [], body).status, 502);
      await cancelled.promise;
    });
  }
});
