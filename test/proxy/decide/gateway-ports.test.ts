import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import type { Decision } from '../../../src/proxy/decide/decision.ts';
import type { GatewayServer, TcpMatch, TerminatedTls } from '../../../src/snapshot/gateway-server.ts';
import type { Policy } from '../../../src/snapshot/policy.ts';
import {
  buildCluster,
  buildConnection,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildVirtualHost,
  condition,
  fixedInputs,
  gatewaySnapshot,
} from '../../support/snapshot.ts';

const simple: TerminatedTls = {
  mode: 'SIMPLE',
  certificateFile: '/etc/a.crt',
  privateKeyFile: '/etc/a.key',
  caFile: '',
  subjectAltNames: [],
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
};

const answering = (host: string, source: string) =>
  buildVirtualHost([host], [buildRoute(source, { kind: 'direct', status: 200, body: source })]);

const https = (hosts: readonly string[], source: string): GatewayServer => ({
  protocol: 'HTTPS',
  port: 443,
  source,
  hosts,
  tls: simple,
  virtualHosts: hosts.map((host) => answering(host, source)),
});

const tcpRoute = (source: string, matches: readonly Partial<TcpMatch>[], clusters: readonly string[]) => ({
  source,
  matches: matches.map((match) => ({ sniHosts: [], destinationSubnets: [], sourceSubnets: [], ...match })),
  destinations: clusters.map((cluster, i) => ({ cluster, weight: i === 0 ? 80 : 20 })),
});

const servers: readonly GatewayServer[] = [
  {
    protocol: 'HTTP',
    port: 80,
    virtualHosts: [
      answering('a.com', 'plain'),
      buildVirtualHost(
        ['r.com'],
        [
          buildRoute('redirect', {
            kind: 'redirect',
            status: 302,
            authority: 'to.com',
            port: 'request',
          }),
        ],
      ),
    ],
  },
  {
    protocol: 'HTTP',
    port: 8080,
    virtualHosts: [
      buildVirtualHost(
        ['r.com'],
        [buildRoute('redirect', { kind: 'redirect', status: 302, authority: 'to.com', port: 'request' })],
      ),
    ],
  },
  https(['a.com'], 'first'),
  https(['a.com', 'b.com'], 'second'),
  https(['*.b.com'], 'wide'),
  {
    protocol: 'TLS',
    port: 443,
    source: 'passthrough',
    hosts: ['*.com'],
    tls: { mode: 'PASSTHROUGH' },
    tcpRoutes: [
      tcpRoute('any', [{ sniHosts: ['*.c.com'] }], ['outbound|1||x', 'outbound|2||x']),
      tcpRoute('one', [{ sniHosts: ['one.c.com'], destinationSubnets: ['10.0.0.0/8'] }], ['outbound|1||x']),
    ],
  },
  {
    protocol: 'TCP',
    port: 9000,
    source: 'tcp',
    tcpRoutes: [
      tcpRoute(
        'near',
        [{ sourceSubnets: ['10.1.0.0/16'] }, { sourceSubnets: ['10.2.0.0/16'] }],
        ['outbound|1||x'],
      ),
      tcpRoute('rest', [], ['outbound|2||x']),
      tcpRoute('never', [], ['outbound|1||x']),
    ],
  },
  { protocol: 'TCP', port: 9001, source: 'gone', tcpRoutes: [tcpRoute('gone', [], ['outbound|9||x'])] },
];

function gateway(policies: readonly Policy[] = []) {
  const base = gatewaySnapshot(
    [answering('merged.com', 'merged')],
    ['1', '2'].map((port) => buildCluster(`outbound|${port}||x`)),
    policies,
  );
  const { gateway: listener } = base;
  assert.ok(listener);
  return { ...base, gateway: { ...listener, servers } };
}

const connection = (port: number, serverName?: string, parts: Partial<Connection> = {}) => {
  const { peer: _, ...rest } = parts;
  const scheme = port === 443 ? 'https' : 'http';
  return buildConnection('gateway', { port, serverName, scheme, ...rest });
};

const told = (decision: Decision) =>
  decision.kind === 'reply' ? `${decision.status} ${decision.flag} ${decision.route}`.trim() : decision;

describe('a gateway that opens its ports', () => {
  const active = activate(gateway(), { gatewayPorts: true });
  const ask = (port: number, host: string, serverName?: string) =>
    told(active.decide(buildRequest(`${host}/`), connection(port, serverName), fixedInputs()));

  test('answers for the hosts of the port, and of the server that the server name leads to', () => {
    const cases: readonly [port: number, serverName: string | undefined, host: string, says: string][] = [
      [80, undefined, 'a.com', '200 - plain'],
      [80, undefined, 'b.com', '404 NR'],
      [80, undefined, 'merged.com', '404 NR'],
      [8080, undefined, 'a.com', '404 NR'],
      [443, 'a.com', 'a.com', '200 - first'],
      [443, 'a.com', 'b.com', '421 NR'],
      [443, 'b.com', 'b.com', '200 - second'],
      [443, 'b.com', 'a.com', '421 NR'],
      [443, 'x.b.com', 'x.b.com', '200 - wide'],
      [443, 'x.b.com', 'b.com', '421 NR'],
      [443, 'x.b.com', 'nobody.org', '404 NR'],
      [443, 'z.org', 'a.com', '0 NR'],
      [443, undefined, 'a.com', '0 NR'],
      [443, 'x.c.com', 'a.com', '0 NR'],
      [9000, undefined, 'a.com', '0 NR'],
      [7, undefined, 'a.com', '0 NR'],
    ];
    for (const [port, serverName, host, says] of cases)
      assert.equal(ask(port, host, serverName), says, `${port} ${serverName} ${host}`);
  });

  test('FROM_REQUEST_PORT is the port of the server', () => {
    const location = (port: number) => {
      const decision = active.decide(buildRequest('r.com/'), connection(port), fixedInputs());
      return decision.kind === 'reply' ? decision.headers[0]?.[1] : undefined;
    };
    assert.equal(location(80), 'http://to.com/');
    assert.equal(location(8080), 'http://to.com:8080/');
  });

  test('tells the server of a connection', () => {
    const source = (port: number, serverName?: string) => {
      const server = active.gatewayPorts?.server(port, serverName);
      return server && ('source' in server ? server.source : server.protocol);
    };
    assert.deepEqual(active.gatewayPorts?.numbers, [80, 443, 8080, 9000, 9001]);
    assert.equal(active.gatewayPorts?.servers(443).length, 4);
    assert.equal(source(443, 'a.com'), 'first');
    assert.equal(source(443, 'y.c.com'), 'passthrough');
    assert.equal(source(443, 'c.com'), undefined);
    assert.equal(source(80), 'HTTP');
  });

  const pass = (
    port: number,
    serverName?: string,
    parts: Partial<Connection> = {},
    draw = 0,
    policies: Policy[] = [],
  ) => {
    const proxy = policies.length > 0 ? activate(gateway(policies), { gatewayPorts: true }) : active;
    const decision = proxy.decideConnection(connection(port, serverName, parts), fixedInputs(draw));
    return decision.kind === 'forward' ? `${decision.route} ${decision.cluster}` : told(decision);
  };

  test('passes TLS on by the best server name, with the weights of its route', () => {
    assert.equal(pass(443, 'x.c.com', {}, 0.79), 'any outbound|1||x');
    assert.equal(pass(443, 'x.c.com', {}, 0.81), 'any outbound|2||x');
    assert.equal(pass(443, 'one.c.com', { localAddress: '10.9.9.9' }), 'one outbound|1||x');
    // The best name counts: there is no way back to `*.c.com`.
    assert.equal(pass(443, 'one.c.com', { localAddress: '192.0.2.1' }), '0 NR');
    assert.equal(pass(443, 'x.d.com'), '0 NR');
    assert.equal(pass(443, 'a.com'), '0 NR');
  });

  test('passes bytes on by the first route that matches', () => {
    assert.equal(pass(9000, undefined, { remoteAddress: '10.2.3.4' }), 'near outbound|1||x');
    assert.equal(pass(9000, undefined, { remoteAddress: '192.0.2.1' }), 'rest outbound|2||x');
    assert.equal(pass(9001), '0 NC');
    assert.equal(pass(80), '0 NR');
  });

  test('holds connections to the policies that need no request', () => {
    const port = condition({ kind: 'destination.port' }, [{ kind: 'port', value: 9000 }]);
    const deny = buildPolicy('DENY', [{ to: [[port]] }]);
    assert.equal(pass(9000, undefined, {}, 0, [deny]), '0 -');
    assert.equal(pass(443, 'x.c.com', {}, 0, [deny]), 'any outbound|1||x');
    const allow = buildPolicy('ALLOW', [
      { to: [[condition('request.method', [{ kind: 'exact', value: 'GET' }])]] },
    ]);
    assert.equal(pass(9000, undefined, {}, 0, [allow]), '0 -');
  });

  test('does not lend its servers to a proxy without ports', () => {
    const merged = activate(gateway());
    const answer = (host: string) =>
      told(merged.decide(buildRequest(`${host}/`), connection(443, 'a.com'), fixedInputs()));
    assert.equal(merged.gatewayPorts, undefined);
    assert.equal(answer('merged.com'), '200 - merged');
    assert.equal(answer('a.com'), '404 NR');
    assert.equal(told(merged.decideConnection(connection(9000), fixedInputs())), '0 NR');
  });
});
