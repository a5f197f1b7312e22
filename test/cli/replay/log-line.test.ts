import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isNoRequest, readLogLine } from '../../../cli/replay/log-line.ts';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../../src/http/message.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import {
  type AccessLogFormat,
  connectionLine,
  requestLine,
} from '../../../src/proxy/telemetry/access-log.ts';

type OutcomeOf = Parameters<typeof requestLine>[1];

const connection: Connection = {
  direction: 'gateway',
  port: 8080,
  scheme: 'http',
  remoteAddress: '203.0.113.7',
  localAddress: '',
  security: 'none',
  peer: undefined,
  serverName: undefined,
};

function outcome(request: CanonicalRequest): OutcomeOf {
  return {
    status: 200,
    flags: '-',
    details: 'via_upstream',
    failure: '',
    route: 'VirtualService/default/a/http/0',
    cluster: 'outbound|80||a',
    endpoint: '127.0.0.1:1',
    startedAt: 0,
    durationMs: 3,
    forwarded: request,
  } as unknown as OutcomeOf;
}

function canonical(
  method: string,
  authority: string,
  path: string,
  query: string,
  agent: string,
): CanonicalRequest {
  const headers = HeaderList.from(agent === '' ? [] : [['user-agent', agent]]);
  return { method, scheme: 'http', authority, host: authority, port: undefined, path, query, headers };
}

describe('a line of an access log', () => {
  for (const format of ['json', 'text'] as const satisfies readonly AccessLogFormat[])
    test(`that Weft wrote as ${format} gives the request back, whatever is in it`, () => {
      const path = fc.stringMatching(/^\/[A-Za-z0-9/._~%"\\=-]{0,30}$/);
      const agent = fc.string({ maxLength: 30 }).filter((text) => text === text.trim() && text !== '-');
      fc.assert(
        fc.property(path, agent, fc.constantFrom('', '?a=b', '?q=x"y'), (where, who, query) => {
          const request = canonical('GET', 'shop.test:8080', where, query, who);
          const line = requestLine(format, outcome(request), request, connection).trimEnd();
          const read = readLogLine(line);
          assert.ok(!isNoRequest(read), JSON.stringify([line, read]));
          assert.equal(read.method, 'GET');
          assert.equal(read.url, `http://shop.test:8080${where}${query}`);
          assert.equal(read.remoteAddress, '203.0.113.7');
          if (!who.includes('\ud800'))
            assert.deepEqual(read.headers, who === '' ? [] : [`user-agent: ${who}`]);
        }),
        { numRuns: 300 },
      );
    });

  test('of a connection tells of no request', () => {
    const closed = {
      startedAt: 0,
      durationMs: 1,
      flag: '-',
      details: 'via_upstream',
      sent: 1,
      received: 2,
      cluster: 'c',
      endpoint: 'e',
      failure: '',
    };
    for (const format of ['json', 'text'] as const) {
      const line = connectionLine(
        format,
        closed as unknown as Parameters<typeof connectionLine>[1],
        connection,
      );
      const read = readLogLine(line.trimEnd());
      assert.ok(isNoRequest(read) && read.kind === 'other', line);
    }
  });

  const istio =
    '[2026-11-23T10:00:00.000Z] "GET /a?b=1 HTTP/2" 200 - via_upstream - "-" 0 10 3 2 "10.0.0.1" "curl/8.1 (x; y)" "abc" "shop.test" "10.0.0.5:9080" outbound|9080||a 10.0.0.9:1 10.0.0.9:8443 10.1.2.3:4711 shop.test default';

  test('of Istio has ports with its addresses, and TLS by its server name', () => {
    assert.deepEqual(readLogLine(istio), {
      method: 'GET',
      url: 'https://shop.test/a?b=1',
      headers: ['user-agent: curl/8.1 (x; y)'],
      remoteAddress: '10.1.2.3',
    });
    const six = readLogLine(istio.replace('10.1.2.3:4711', '[2001:db8::1]:4711'));
    assert.equal(isNoRequest(six) ? '' : six.remoteAddress, '2001:db8::1');
  });

  const malformed: readonly (readonly [line: string, reason: RegExp])[] = [
    ['garbage', /not a line of Envoy/],
    [istio.slice(0, 90), /not a line of Envoy/],
    ['{', /not JSON/],
    ['{"path":"/"}', /no method/],
    ['{"method":"GET","path":"/"}', /no authority/],
    ['{"method":"GET","path":"x","authority":"a"}', /path does not begin/],
    ['{"method":7,"path":{},"authority":[]}', /connection without requests/],
  ];
  for (const [line, reason] of malformed)
    test(`${line.slice(0, 40)} is malformed`, () => {
      const read = readLogLine(line);
      assert.ok(isNoRequest(read));
      assert.match(read.reason, reason);
    });

  test('never makes the reader throw or hang', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void readLogLine(text)));
    fc.assert(fc.property(fc.json(), (text) => void readLogLine(text)));
    readLogLine(`[x] "${'GET '.repeat(20_000)}`);
  });
});
