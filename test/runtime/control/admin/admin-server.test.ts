import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { nameFilter } from '../../../../src/proxy/telemetry/name-filter.ts';
import type { ProxyView } from '../../../../src/runtime/control/admin/proxy-view.ts';
import { serveAdmin } from '../../../../src/runtime/control/admin-server.ts';
import type { LogLevel } from '../../../../src/runtime/log-line.ts';
import { TestCa } from '../../../support/socket-mesh.ts';

const ID = 'spiffe://cluster.local/ns/default/sa/reviews';
const OUTBOUND = 'outbound|9080||details.default.svc.cluster.local';

const log: { level: LogLevel } = { level: 'info' };
const done: string[] = [];
const status = { ready: true, leaving: false, revision: 7, active: { snapshot: { inbound: [] } } };
let shown: ProxyView['status'] = status;
let port: number;

before(async () => {
  const ca = await TestCa.create();
  const svid = await ca.svid('reviews');
  port = await serveAdmin(0, viewOf(svid, ca.bundle));
});

function viewOf(
  svid: ReturnType<ProxyView['svids']['current']>,
  bundle: ReturnType<ProxyView['bundle']>,
): ProxyView {
  const host = {
    address: '10.0.0.7',
    port: 15006,
    weight: 1,
    active: 2,
    ejected: false,
    workload: 'details-v1',
  };
  return {
    get status() {
      return shown;
    },
    server: {
      version: '1.2.3',
      runtime: 'deno 2',
      instance: 'reviews-v1-x',
      mesh: 'weft',
      namespace: 'default',
      workload: 'reviews-v1',
      startedAt: 1000,
    },
    svids: { current: () => svid, onChange: () => () => undefined },
    bundle: () => bundle,
    stats: { prometheus: () => '# TYPE a counter\na_total{x="1 2"} 3\nb_bytes 4\n' },
    clusters: () => [
      {
        name: OUTBOUND,
        limits: { maxConnections: 5 },
        hosts: [host, { ...host, address: '::1', ejected: true, workload: '' }],
      },
    ],
    ports: () => [{ name: 'virtualInbound', address: '0.0.0.0', port: 15006, connections: 3 }],
    log,
    now: () => 61_000,
    filter: nameFilter,
    drain: (inboundOnly) => void done.push(inboundOnly ? 'drain inbound' : 'drain'),
    quit: () => void done.push('quit'),
  };
}

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function call(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers['content-type']), body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

const at = async (path: string, method?: string) => JSON.parse((await call(path, method)).body);

describe('the admin port', () => {
  after(() => {
    shown = status;
  });

  for (const [what, given, code, body] of [
    ['ready', status, 200, 'LIVE\n'],
    ['leaving', { ...status, ready: false, leaving: true }, 503, 'DRAINING\n'],
    ['without a configuration', { ...status, ready: false, active: undefined }, 503, 'PRE_INITIALIZING\n'],
    ['without an identity', { ...status, ready: false }, 503, 'INITIALIZING\n'],
  ] as const) {
    test(`/ready of a proxy that is ${what} is ${code}`, async () => {
      shown = given;
      const { status: got, body: told } = await call('/ready');
      assert.deepEqual([got, told], [code, body]);
      assert.equal((await at('/server_info')).state, body.trim());
      shown = status;
    });
  }

  test('/ready?format=json says since when control is away', async () => {
    shown = { ...status, controlAwaySince: 0 };
    assert.deepEqual(await at('/ready?format=json'), {
      ready: true,
      state: 'LIVE',
      revision: 7,
      controlAwaySince: '1970-01-01T00:00:00.000Z',
    });
    shown = status;
  });

  test('/clusters tells hosts line by line, and as JSON, as Envoy does', async () => {
    const { body } = await call('/clusters');
    for (const line of [
      `${OUTBOUND}::default_priority::max_connections::5`,
      `${OUTBOUND}::10.0.0.7:15006::rq_active::2`,
      `${OUTBOUND}::10.0.0.7:15006::health_flags::healthy`,
      `${OUTBOUND}::[::1]:15006::health_flags::/failed_outlier_check`,
    ])
      assert.ok(body.split('\n').includes(line), line);
    const [cluster] = (await at('/clusters?format=json')).cluster_statuses;
    assert.equal(cluster.name, OUTBOUND);
    assert.deepEqual(cluster.host_statuses[0].address, {
      socket_address: { address: '10.0.0.7', port_value: 15006 },
    });
    assert.deepEqual(cluster.host_statuses[0].health_status, { eds_health_status: 'HEALTHY' });
    assert.equal(cluster.host_statuses[1].health_status.failed_outlier_check, true);
    assert.deepEqual(cluster.circuit_breakers, { thresholds: [{ max_connections: 5 }] });
  });

  test('/config_dump has the snapshot and its revision', async () => {
    const { configs, revision, snapshot } = await at('/config_dump');
    assert.deepEqual([configs[0].version_info, revision, snapshot], ['7', 7, { inbound: [] }]);
  });

  test('/certs tells who it is, whom it trusts and until when, and no key', async () => {
    const { body } = await call('/certs');
    const [{ ca_cert, cert_chain }] = JSON.parse(body).certificates;
    assert.deepEqual(cert_chain[0].subject_alt_names, [{ uri: ID }]);
    assert.match(cert_chain[0].serial_number, /^[0-9a-f]+$/);
    assert.match(cert_chain[0].days_until_expiration, /^\d+$/);
    assert.ok(Date.parse(cert_chain[0].valid_from) < Date.parse(cert_chain[0].expiration_time));
    assert.equal(ca_cert.length, 1);
    assert.doesNotMatch(body, /PRIVATE/);
  });

  test('/stats is lines, JSON or Prometheus’ text, and a filter is a pattern of RE2', async () => {
    const { body, type } = await call('/stats');
    assert.match(type, /^text\/plain/);
    for (const line of ['server.live: 1', 'server.uptime: 60', 'a_total{x="1 2"}: 3', 'b_bytes: 4'])
      assert.ok(body.split('\n').includes(line), line);
    assert.equal((await call('/stats?filter=%5Eb_')).body, 'b_bytes: 4\n');
    assert.deepEqual((await at('/stats?format=json&filter=bytes')).stats, [{ name: 'b_bytes', value: 4 }]);
    assert.equal((await call('/stats?filter=(%3F%3Da)')).status, 500, 'look-ahead is not RE2');
    assert.equal((await call('/stats?format=xml')).status, 400);
    for (const path of ['/stats/prometheus', '/stats?format=prometheus'])
      assert.deepEqual(await call(path), {
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: '# TYPE a counter\na_total{x="1 2"} 3\nb_bytes 4\n',
      });
  });

  test('/logging tells the level to a GET and changes it at a POST', async () => {
    assert.equal((await call('/logging')).body, 'active loggers:\n  weft: info\n');
    assert.equal((await call('/logging?level=error')).status, 405);
    assert.equal((await call('/logging?level=error', 'POST')).body, 'active loggers:\n  weft: error\n');
    assert.equal(log.level, 'error');
    for (const [envoys, ours] of [
      ['off', 'silent'],
      ['warning', 'warn'],
      ['debug', 'info'],
    ] as const) {
      await call(`/logging?level=${envoys}`, 'POST');
      assert.equal(log.level, ours);
    }
    assert.equal((await call('/logging?level=loud', 'POST')).status, 400);
    assert.equal(log.level, 'info');
  });

  test('/listeners and /server_info have Envoy’s fields', async () => {
    assert.equal((await call('/listeners')).body, 'virtualInbound::0.0.0.0:15006\n');
    const { listener_statuses } = await at('/listeners?format=json');
    assert.equal(listener_statuses[0].local_address.socket_address.port_value, 15006);
    const { node, uptime_current_epoch, version } = await at('/server_info');
    assert.deepEqual([node.id, uptime_current_epoch, version], ['reviews-v1-x', '60s', 'weft/1.2.3/deno 2']);
  });

  test('/help lists every page', async () => {
    const { body } = await call('/help');
    for (const path of [
      '/certs',
      '/clusters',
      '/config_dump',
      '/drain_listeners',
      '/logging',
      '/ready',
      '/stats',
    ])
      assert.match(body, new RegExp(`^  ${path}: \\S`, 'm'));
    assert.equal((await call('/nothing')).status, 404);
  });

  test('what changes something wants POST', async () => {
    for (const path of ['/drain_listeners', '/quitquitquit'])
      assert.equal((await call(path)).status, 405, path);
    assert.deepEqual(done, []);
    await call('/drain_listeners?inboundonly&graceful', 'POST');
    await call('/drain_listeners', 'POST');
    await call('/quitquitquit', 'POST');
    assert.deepEqual(done.splice(0), ['drain inbound', 'drain', 'quit']);
  });

  test('where there is a token, what changes something wants it, and nothing else does', async () => {
    const open = port;
    try {
      port = await serveAdmin(0, viewOf(undefined, { trustDomain: '', rootsPem: '' }), 'secret');
      const paths = ['/drain_listeners', '/quitquitquit', '/logging?level=off'];
      for (const authorization of ['', 'Bearer', 'Bearer secre', 'Bearer secret2', 'Basic secret'])
        for (const path of paths)
          assert.equal((await call(path, 'POST', { host: 'localhost', authorization })).status, 401);
      assert.deepEqual([done, log.level], [[], 'info']);
      assert.equal((await call('/logging')).status, 200);
      const authorization = 'Bearer secret';
      for (const path of ['/drain_listeners', '/quitquitquit', '/logging?level=info'])
        assert.equal((await call(path, 'POST', { host: 'localhost', authorization })).status, 200);
      assert.deepEqual(done.splice(0), ['drain', 'quit']);
    } finally {
      port = open;
    }
  });

  for (const headers of [
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ]) {
    test(`a web page of another origin gets nothing: ${JSON.stringify(headers)}`, async () => {
      for (const method of ['GET', 'POST'])
        assert.equal((await call('/quitquitquit', method, headers)).status, 403);
      assert.deepEqual(done, []);
    });
  }
});
