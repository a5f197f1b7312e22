import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { PathNormalization } from '../../src/http/message.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { type ProxyProcess, RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { SERVICE, SERVICE_PORT, serviceSnapshot } from '../support/proxy-snapshot.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { buildListener, buildPolicy, condition, exact, prefix } from '../support/snapshot.ts';

interface Vector {
  readonly mode: PathNormalization | 'default';
  readonly path: string;
  readonly expect: string | number;
}

const file = new URL('../../../shared/conformance/path-normalization.jsonl', import.meta.url);
const skip = existsSync(file) ? false : 'third-party cases are not here';

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
    test('the application receives what the table of Istio says', { skip }, async () => {
      const vectors = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Vector);
      assert.ok(vectors.length >= 100);
      const wrong: string[] = [];
      await withProxies(runtime, async (proxies) => {
        const ports = new Map<string, number>();
        for (const { mode, path, expect } of vectors) {
          const pathNormalization = mode === 'default' ? 'BASE' : mode;
          const port =
            ports.get(pathNormalization) ??
            (await open(proxies, { ...serviceSnapshot(), pathNormalization }));
          ports.set(pathNormalization, port);
          const arrived = await arrivalOf(port, 'GET', path);
          if (arrived !== String(expect)) wrong.push(`${mode} ${path}: ${arrived} instead of ${expect}`);
        }
      });
      assert.deepEqual(wrong, []);
    });

    test('no spelling of a denied path, method or header gets through', async () => {
      await withProxies(runtime, async (proxies) => {
        const port = await open(proxies, guarded());
        for (const [method, path, ...lines] of DENIED) {
          const arrived = await arrivalOf(port, method, path, lines);
          assert.match(arrived, /^40[03]$/, `${method} ${path} ${lines.join(' ')}`);
        }
        for (const [method, path, arrives, ...lines] of ALLOWED)
          assert.equal(await arrivalOf(port, method, path, lines), arrives, `${method} ${path}`);
      });
    });
  });
}

function guarded(): Snapshot {
  const policies = [
    buildPolicy('DENY', [
      { to: [[condition('request.path', [prefix('/admin')])]] },
      { when: [condition({ kind: 'request.header', name: 'x-role' }, [exact('root')])] },
      { to: [[condition('request.host', [exact('internal.example')])]] },
    ]),
    buildPolicy('ALLOW', [{ to: [[condition('request.method', [exact('GET'), exact('HEAD')])]] }]),
  ];
  const cluster = `inbound|${SERVICE_PORT}||`;
  const servicePorts = [{ service: SERVICE, port: SERVICE_PORT }];
  const inbound = [buildListener({ port: SERVICE_PORT, servicePorts, cluster, policies })];
  return { ...serviceSnapshot(), pathNormalization: 'DECODE_AND_MERGE_SLASHES', inbound };
}

type Sent = readonly [method: string, path: string, ...lines: string[]];

const DENIED: readonly Sent[] = [
  ['GET', '/admin'],
  ['GET', '/admin/x?y'],
  ['GET', '/x/../admin'],
  ['GET', '/x/%2e%2E/admin'],
  ['GET', '/./admin'],
  ['GET', '//admin'],
  ['GET', '/%61dmin'],
  ['GET', '/x\\..\\admin'],
  ['GET', '/x%2f..%2Fadmin'],
  ['GET', '/x%5c..%5Cadmin'],
  ['GET', '/admin#x'],
  ['GET', 'http://reviews/admin'],
  ['GET', 'http://reviews/x/../admin'],
  ['GET', '/admin%00'],
  ['POST', '/'],
  ['get', '/'],
  ['Get', '/'],
  ['GET', '/', 'x-role: root'],
  ['GET', '/', 'X-ROLE: root'],
  ['GET', '/', 'x-role: guest', 'x-role: root'],
  ['GET', '/', 'x-role: root', 'x-role: guest'],
  ['GET', '/', 'x-role:\troot \t'],
  ['GET', '/', 'x-role : root'],
  ['GET', 'http://internal.example/'],
  ['GET', 'http://INTERNAL.example:80/'],
  ['GET', 'http://internal.example./'],
  ['GET', '/', 'Host: internal.example'],
];

const ALLOWED: readonly (readonly [method: string, path: string, arrives: string, ...lines: string[]])[] = [
  // What the client nominates for this hop alone is neither judged nor forwarded.
  ['GET', '/', '/', 'x-role: root', 'connection: x-role'],
  ['GET', '/public', '/public'],
  ['GET', '/x//y/./z', '/x/y/z'],
  ['GET', '/Admin', '/Admin'],
  ['GET', '/?q=/admin', '/?q=/admin'],
  ['GET', '/', '/', 'x-role: rooted'],
];
