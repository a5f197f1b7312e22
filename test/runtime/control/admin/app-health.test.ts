import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createH2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { mergedMetrics, parseAppMetrics } from '../../../../src/runtime/control/admin/app-metrics.ts';
import { type AppProbe, probeApp } from '../../../../src/runtime/control/admin/app-probe.ts';
import { parseAppProbers } from '../../../../src/runtime/control/admin/app-probers.ts';

const servers: Server[] = [];
const open = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
after(() => {
  for (const server of servers) server.close();
});

describe('probes of the application', () => {
  let [http, grpc, silent, closed] = [0, 0, 0, 0];
  before(async () => {
    const app = createServer(({ url = '/', headers }, response) => {
      if (url === '/moved') response.setHeader('location', 'http://elsewhere.example/');
      response.statusCode =
        { '/moved': 302, '/down': 503, '/named': headers['x-probe'] === 'yes' ? 200 : 400 }[url] ?? 200;
      response.end();
    });
    http = await open(app);
    const health = createH2Server();
    health.on('stream', (stream: ServerHttp2Stream, headers) => {
      let asked = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => (asked = Buffer.concat([asked, chunk])));
      stream.on('end', () => {
        assert.equal(headers[':path'], '/grpc.health.v1.Health/Check');
        const serving = asked.subarray(7).toString() === 'orders' ? 1 : 2;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.end(Uint8Array.of(0, 0, 0, 0, 2, 8, serving));
      });
    });
    grpc = await open(health as unknown as Server);
    silent = await open(createTcpServer());
    closed = await open(createTcpServer());
    servers.pop()?.close();
  });

  const get = (
    path: string,
    headers: AppProbe['how'] & { kind: 'http' } extends { headers: infer H } ? H : never = [],
  ) => ({ kind: 'http', path, tls: false, headers }) as const;

  const table: readonly (readonly [
    what: string,
    port: () => number,
    how: AppProbe['how'],
    status: number,
  ])[] = [
    ['an HTTP page that is there', () => http, get('/health'), 200],
    ['one that says no', () => http, get('/down'), 503],
    ['one with a field of its own', () => http, get('/named', [['x-probe', 'yes']]), 200],
    ['a redirect, which is not followed', () => http, get('/moved'), 302],
    ['an open TCP port', () => silent, { kind: 'tcp' }, 200],
    ['a closed TCP port', () => closed, { kind: 'tcp' }, 500],
    ['a gRPC service that serves', () => grpc, { kind: 'grpc', service: 'orders' }, 200],
    ['a gRPC service that does not', () => grpc, { kind: 'grpc', service: '' }, 503],
    ['HTTP of somebody who is silent', () => silent, get('/'), 500],
    ['gRPC of somebody who is silent', () => silent, { kind: 'grpc', service: '' }, 500],
  ];
  for (const [what, port, how, status] of table) {
    test(`${what} is ${status}`, async () =>
      assert.equal(await probeApp({ port: port(), timeoutMs: 300, how }), status));
  }
});

describe('ISTIO_KUBE_APP_PROBERS', () => {
  test('is read as Istio’s injector writes it', () => {
    const text = JSON.stringify({
      '/app-health/main/readyz': {
        httpGet: { path: '/ready', port: 8080, scheme: 'HTTP', httpHeaders: [{ name: 'a', value: 'b' }] },
        timeoutSeconds: 3,
      },
      '/app-health/main/livez': { tcpSocket: { port: 8080 } },
      '/app-health/main/startupz': { grpc: { port: 9000, service: 's' } },
    });
    assert.deepEqual(
      [...parseAppProbers(text)],
      [
        [
          '/app-health/main/readyz',
          {
            port: 8080,
            timeoutMs: 3000,
            how: { kind: 'http', path: '/ready', tls: false, headers: [['a', 'b']] },
          },
        ],
        ['/app-health/main/livez', { port: 8080, timeoutMs: 1000, how: { kind: 'tcp' } }],
        ['/app-health/main/startupz', { port: 9000, timeoutMs: 1000, how: { kind: 'grpc', service: 's' } }],
      ],
    );
    assert.deepEqual([...parseAppProbers(undefined)], []);
  });

  for (const [text, said] of [
    ['{', /it is no JSON/],
    ['{"/health": {"tcpSocket": {"port": 1}}}', /does not begin with \/app-health\//],
    ['{"/app-health/a/readyz": {}}', /needs httpGet, tcpSocket or grpc/],
    ['{"/app-health/a/readyz": {"httpGet": {"port": 0}}}', /port from 1/],
    ['{"/app-health/a/readyz": {"httpGet": {"port": 1, "path": "/a b"}}}', /the path is none/],
    ['{"/app-health/a/readyz": {"httpGet": {"port": 1, "scheme": "FTP"}}}', /HTTP or HTTPS/],
  ] as const) {
    test(`${text} is refused`, () => assert.throws(() => parseAppProbers(text), said));
  }
});

describe('metrics of the application', () => {
  test('are where Istio’s annotations say', () => {
    assert.deepEqual(parseAppMetrics('{"scrape":"true","path":"/m","port":"90"}'), { port: 90, path: '/m' });
    assert.deepEqual(parseAppMetrics('{"scrape":"true"}'), { port: 80, path: '/metrics' });
    for (const nothing of [undefined, '', '{"scrape":"false","port":"90"}'])
      assert.equal(parseAppMetrics(nothing), undefined);
    for (const wrong of ['x', '{"scrape":"true","port":"0"}', '{"scrape":"true","path":"m"}'])
      assert.throws(() => parseAppMetrics(wrong), /ISTIO_PROMETHEUS_ANNOTATIONS/);
  });

  test('come after the proxy’s, without OpenMetrics’ mark of the end', async () => {
    const port = await open(createServer((_, response) => response.end('a 1\n# EOF\n')));
    assert.equal(await mergedMetrics('own 1\n', { port, path: '/' }), 'own 1\na 1\n');
    assert.equal(await mergedMetrics('own 1\n', undefined), 'own 1\n');
  });

  test('that cannot be read leave the proxy’s, and say so', async () => {
    const port = await open(
      createServer((_, response) => {
        response.statusCode = 500;
        response.end('x 1\n');
      }),
    );
    assert.match(
      await mergedMetrics('own 1\n', { port, path: '/' }),
      /^own 1\n# the application’s metrics were not read: .*500\n$/,
    );
  });
});
