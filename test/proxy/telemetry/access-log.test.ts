import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { accessLogFormat, connectionLine, requestLine } from '../../../src/proxy/telemetry/access-log.ts';
import { buildOutcome } from '../../support/outcome.ts';
import { buildConnection, buildRequest } from '../../support/snapshot.ts';

const connection = buildConnection('outbound', { port: 15001, localAddress: '127.0.0.1' });
const request = buildRequest('reviews:9080/reviews/0?a=1', [
  ['user-agent', 'curl/8'],
  ['x-request-id', 'c0ffee'],
  ['x-forwarded-for', '10.1.1.1'],
]);

describe('text', () => {
  test("is Envoy's default format", () => {
    assert.equal(
      requestLine('text', buildOutcome({ requestBytes: 5, responseBytes: 295 }), request, connection),
      '[2026-11-23T09:00:00.005Z] "GET /reviews/0?a=1 HTTP/1.1" 200 - via_upstream - "-" 5 295 3 - "10.1.1.1" ' +
        '"curl/8" "c0ffee" "reviews:9080" "10.0.0.7:15006" outbound|9080|v1|reviews.default.svc.cluster.local - ' +
        '127.0.0.1:15001 10.0.0.1 - VirtualService/default/reviews/http/0\n',
    );
  });

  test('a refused head leaves dashes', () => {
    const outcome = buildOutcome({
      status: 400,
      flags: 'DPE',
      details: 'http1.codec_error{no host}',
      cluster: '',
      route: '',
      endpoint: '',
    });
    const line = requestLine('text', outcome, undefined, connection);
    assert.match(
      line,
      /^\[[^\]]+\] "- - HTTP\/1\.1" 400 DPE http1\.codec_error\{no host\} - "-" 0 0 3 - "-" "-" "-" "-" "-" - /,
    );
  });

  test('every line has the same fields, and nothing ends a line or its quotes', () => {
    const any = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(any, any, any, (agent, path, failure) => {
        const asked = {
          ...buildRequest('a/', [['user-agent', agent]]),
          path: `/${path.replaceAll(' ', '')}`,
        };
        const line = requestLine('text', buildOutcome({ failure }), asked, connection);
        assert.equal(line.indexOf('\n'), line.length - 1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        assert.equal(line.match(/"(?:[^"\\]|\\.)*"/g)?.length, 7);
      }),
    );
  });
});

describe('json', () => {
  test("has Istio's keys; what is not known is null", () => {
    const forwarded = buildRequest('reviews.prod/new', [['x-request-id', 'edge']]);
    const { remoteAddress } = connection;
    const line = requestLine('json', buildOutcome({ forwarded }), request, connection);
    assert.deepEqual(JSON.parse(line), {
      start_time: '2026-11-23T09:00:00.005Z',
      method: 'GET',
      path: '/reviews/0?a=1',
      protocol: 'HTTP/1.1',
      response_code: 200,
      response_flags: '-',
      response_code_details: 'via_upstream',
      connection_termination_details: null,
      upstream_transport_failure_reason: null,
      bytes_received: 0,
      bytes_sent: 0,
      duration: 3,
      upstream_service_time: null,
      x_forwarded_for: null,
      user_agent: null,
      request_id: 'edge',
      authority: 'reviews.prod',
      upstream_host: '10.0.0.7:15006',
      upstream_cluster: 'outbound|9080|v1|reviews.default.svc.cluster.local',
      upstream_local_address: null,
      downstream_local_address: '127.0.0.1:15001',
      downstream_remote_address: remoteAddress,
      requested_server_name: null,
      route_name: 'VirtualService/default/reviews/http/0',
    });
  });

  test('an id that a client from outside wrote is not taken for ours', () => {
    const line = requestLine(
      'json',
      buildOutcome({ details: 'route_not_found' }),
      request,
      buildConnection('gateway'),
    );
    assert.equal(JSON.parse(line).request_id, null);
  });

  test('a connection tells its bytes and why it was closed', () => {
    const outcome = {
      ...buildOutcome(),
      flag: '-',
      details: 'rbac_access_denied',
      sent: 4,
      received: 2,
      cluster: '',
      endpoint: '',
    } as const;
    const read = JSON.parse(connectionLine('json', outcome, connection));
    assert.deepEqual(
      [
        read.method,
        read.response_code,
        read.connection_termination_details,
        read.bytes_received,
        read.bytes_sent,
      ],
      [null, 0, 'rbac_access_denied', 4, 2],
    );
  });
});

describe('secrets', () => {
  const rows: readonly [string, string][] = [
    ['?a=1&access_token=abc&b=2', '?a=1&access_token=***&b=2'],
    ['?api%5fkey=abc', '?api%5fkey=***'],
    ['?sig=abc&%=1', '?sig=***&%=1'],
    ['?page=2', '?page=2'],
    ['?token', '?token'],
  ];
  for (const [query, shown] of rows) {
    test(`${query} is logged as ${shown}`, () => {
      const line = requestLine('json', buildOutcome(), buildRequest(`a/x${query}`), connection);
      assert.equal(JSON.parse(line).path, `/x${shown}`);
    });
  }

  test('no credential of a head is logged', () => {
    const secret = 'canary-3f9c';
    const headers = ['authorization', 'cookie', 'proxy-authorization', 'x-weft-svid', 'x-api-key'];
    const asked = buildRequest(
      'a/',
      headers.map((name) => [name, secret]),
    );
    for (const format of ['text', 'json'] as const) {
      assert.ok(!requestLine(format, buildOutcome({ forwarded: asked }), asked, connection).includes(secret));
    }
  });
});

test('the option is off, text or json', () => {
  assert.deepEqual(['off', '', 'text', 'json'].map(accessLogFormat), [undefined, undefined, 'text', 'json']);
  assert.throws(() => accessLogFormat('yes'), /off, text or json, not yes/);
});
