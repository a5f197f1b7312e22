import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import type { PathNormalization } from '../../src/http/message.ts';
import type { Policy } from '../../src/snapshot/policy.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { everythingUpstream } from '../support/everything-upstream.ts';
import { isFull } from '../support/full-runs.ts';
import { allowedRequests, deniedRequests, guards } from '../support/guarded-requests.ts';
import { resourcesOf } from '../support/parsed.ts';
import { noPathVectors, readPathVectors } from '../support/path-vectors.ts';
import { type ProxyProcess, RUNTIMES } from '../support/proxy-process.ts';
import { SERVICE, SERVICE_PORT, serviceSnapshot } from '../support/proxy-snapshot.ts';
import { RawPeer } from '../support/raw-peer.ts';
import type { RunningGateway } from '../support/running-gateway.ts';
import { sharedGateway, withSharedProxies } from '../support/shared-processes.ts';
import { buildListener } from '../support/snapshot.ts';

/** Says which path it received, and whether the role that is denied. */
const application = createServer((request, response) => {
  const asRoot = request.headers['x-role'] === 'root' ? ' as root' : '';
  response.end(`${request.url}${asRoot}`);
});

before(() => new Promise<void>((resolve) => void application.listen(0, '127.0.0.1', resolve)));
after(() => {
  application.closeAllConnections();
  application.close();
});

/** Sends one request line as it is, byte for byte; resolves to the path that arrived, or to the status. */
async function arrivalOf(
  port: number,
  method: string,
  path: string,
  lines: readonly string[] = [],
): Promise<string> {
  const peer = await RawPeer.connect(port);
  peer.write(
    `${[`${method} ${path} HTTP/1.1`, 'Host: reviews', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`,
  );
  const answer = await peer.untilEnd();
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
  return status === '200' ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : status;
}

function open(proxies: ProxyProcess, snapshot: Snapshot): Promise<number> {
  return proxies.open('service', (application.address() as AddressInfo).port, { snapshot });
}

for (const runtime of RUNTIMES) {
  describe(`paths on raw sockets, to a sidecar under ${runtime}`, () => {
    test('the application receives what the table of Istio says', { skip: noPathVectors }, async () => {
      const vectors = readPathVectors();
      assert.ok(vectors.length >= 100);
      const wrong: string[] = [];
      await withSharedProxies(runtime, async (proxies) => {
        const ports = new Map<string, number>();
        for (const { mode, path, expect } of vectors) {
          const port =
            ports.get(mode) ?? (await open(proxies, { ...serviceSnapshot(), pathNormalization: mode }));
          ports.set(mode, port);
          const arrived = await arrivalOf(port, 'GET', path);
          if (arrived !== expect) wrong.push(`${mode} ${path}: ${arrived} instead of ${expect}`);
        }
      });
      assert.deepEqual(wrong, []);
    });

    test('no spelling of a denied path, method or header gets through', async () => {
      await withSharedProxies(runtime, async (proxies) => {
        const port = await open(proxies, guarded());
        for (const [method, path, ...lines] of deniedRequests) {
          const arrived = await arrivalOf(port, method, path, lines);
          assert.match(arrived, /^40[03]$/, `${method} ${path} ${lines.join(' ')}`);
        }
        for (const [method, path, arrives, ...lines] of allowedRequests)
          assert.equal(await arrivalOf(port, method, path, lines), arrives, `${method} ${path}`);
      });
    });
  });
}

describe('paths on raw sockets, to the gateway in workerd', () => {
  let gateway: RunningGateway;

  before(async () => {
    gateway = await sharedGateway();
  });

  async function run(pathNormalization: PathNormalization, policies: readonly Policy[]): Promise<void> {
    const { port } = application.address() as AddressInfo;
    const settings = { ...defaultMeshSettings, pathNormalization };
    const { snapshot } = compile(resourcesOf(everythingUpstream(port)), ingressGateway, settings);
    const listener = snapshot.gateway ?? assert.fail('no listener');
    await gateway.run([{ ...snapshot, gateway: { ...listener, policies } }]);
  }

  test('the upstream receives what the table of Istio says, but for what a URL cannot say', {
    skip: noPathVectors,
  }, async () => {
    const vectors = readPathVectors();
    const wrong = new Map<string, string>();
    const modes = new Set(vectors.map(({ mode }) => mode));
    for (const wanted of isFull ? modes : (['NONE', 'DECODE_AND_MERGE_SLASHES'] as const)) {
      await run(wanted, []);
      for (const { mode, path, expect } of vectors) {
        if (mode !== wanted) continue;
        const arrived = await arrivalOf(gateway.port, 'GET', path);
        if (arrived !== expect) wrong.set(`${mode} ${path}`, arrived);
      }
    }
    assert.deepEqual([...wrong], [...READ_AS_URL]);
  });

  test('no spelling of a denied path, method or header gets through', async () => {
    await run('DECODE_AND_MERGE_SLASHES', guards);
    for (const [method, path, ...lines] of deniedRequests) {
      const arrived = await arrivalOf(gateway.port, method, path, lines);
      const what = `${method} ${path} ${lines.join(' ')}`;
      if (NAMES_HOST.test(path)) assert.equal(arrived, '/', what);
      else assert.match(arrived, REFUSED_THERE, what);
    }
    for (const [method, path, arrives, ...lines] of allowedRequests) {
      const arrived = await arrivalOf(gateway.port, method, path, lines);
      assert.equal(
        arrived,
        lines.some((line) => NOMINATES.test(line)) ? '403' : arrives,
        `${method} ${path}`,
      );
    }
  });
});

/** workerd parses the target as a URL before any code sees it: NONE is out of reach for these, a stricter mode is not. */
const READ_AS_URL: ReadonlyMap<string, string> = new Map([
  ['NONE /app/\\/\\/\\admin', '/app//////admin'],
  ['NONE /app//../admin', '/app/admin'],
  ['NONE /app//../../admin', '/admin'],
]);

/** workerd knows but the methods of Fetch (501), and two Host lines make no URL (500). */
const REFUSED_THERE = /^(?:40[03]|50[01])$/;
/** workerd goes by Host alone: a host in the target is neither judged nor forwarded. */
const NAMES_HOST = /^http:\/\/internal/i;
/** workerd takes Connection off before any code sees it: what it nominates is judged like any other field. */
const NOMINATES = /^connection:/;

function guarded(): Snapshot {
  const cluster = `inbound|${SERVICE_PORT}||`;
  const servicePorts = [{ service: SERVICE, port: SERVICE_PORT }];
  const inbound = [buildListener({ port: SERVICE_PORT, servicePorts, cluster, policies: guards })];
  return { ...serviceSnapshot(), pathNormalization: 'DECODE_AND_MERGE_SLASHES', inbound };
}
