import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseRequest } from '../../cli/command/explain.ts';
import { CommandError } from '../../cli/exit-code.ts';
import { explainHops, type Hop } from '../../src/proxy/explain/explain-hops.ts';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import type { VirtualHost } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.ts';
import {
  type GatewayOutcome,
  livingOutcome,
  promisedOutcome,
  refusedOutcome,
  whateverDestination,
} from '../support/gateway-outcome.ts';
import { type GeneratedRequest, generateRequests } from '../support/request-generator.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { weft } from '../support/running-mesh.ts';

const count = 500;
const manifest = readFileSync(new URL('explain-agreement.yaml', import.meta.url), 'utf8');

const regexSamples = new Map([
  ['P(OST|UT)', ['POST', 'PUT']],
  ['c[a-z]+l', ['carol', 'cecil']],
  ['b[aeo]+d', ['bad', 'bead']],
  ['[0-9]+', ['1', '42']],
  ['/users/[0-9]{1,4}(/.*)?', ['/users/1', '/users/1234', '/users/12/orders/3']],
  ['/or/[cd]', ['/or/c', '/or/d']],
  ['GET|HEAD', ['GET', 'HEAD']],
  ['[a-m].*[.]direct[.]test', ['a.direct.test', 'm.b.direct.test']],
]);

/** What the explanation says will be, and what was. */
interface Comparison {
  readonly promised: GatewayOutcome;
  readonly living: GatewayOutcome;
}

/**
 * Requests keep to what reaches a Worker as the client wrote it: `wrangler dev` parses every target as a URL, and
 * workerd joins repeated header lines. The upstream's Host is its own address, because fetch cannot choose it.
 */
describe('`weft explain` and the live gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-agreement-'));
  const file = join(folder, 'mesh.yaml');
  let upstream: EchoUpstream;
  let gateways: { readonly http: RunningGateway; readonly https: RunningGateway };
  let snapshots: Map<string, Snapshot>;
  let edge: Snapshot;
  let virtualHosts: readonly VirtualHost[];

  before(async () => {
    upstream = await echoUpstream();
    const yaml = manifest.replaceAll('UPSTREAM_PORT', String(upstream.port));
    writeFileSync(file, yaml);
    const [http, https] = await Promise.all([RunningGateway.start(), RunningGateway.start({}, 'https')]);
    gateways = { http, https };
    const publication = await http.publish(yaml, 1);
    await https.put((await publicationEntries(publication, https.key)).flat());
    snapshots = new Map(publication.snapshots.map((snapshot) => [targetName(snapshot.target), snapshot]));
    edge = publication.snapshots.find(({ target }) => target.kind === 'gateway') ?? assert.fail('no gateway');
    virtualHosts = edge.gateway?.virtualHosts ?? [];
  });
  after(async () => {
    await Promise.all([gateways?.http.stop(), gateways?.https.stop()]);
    await upstream?.close();
    rmSync(folder, { recursive: true });
  });

  test(`agree on ${count} generated requests that hit every route at least once`, async (t) => {
    const routes = new Set(virtualHosts.flatMap((host) => host.routes.map(({ source }) => source)));
    assert.ok(routes.size >= 25, `${routes.size} routes`);
    const requests = generateRequests(virtualHosts, regexSamples, count, 20261123);
    const results = await Promise.all(requests.map((request, index) => compare(request, `${index}`)));
    const everyRoute = new Set([...routes, '']);
    assert.deepEqual(new Set(results.map(({ promised }) => promised.route)), everyRoute);
    assert.deepEqual(new Set(results.map(({ living }) => living.route)), everyRoute);
    const statuses = new Set(results.map(({ living }) => living.status));
    const wanted = [200, 204, 301, 302, 303, 307, 308, 403, 404, 418, 503];
    assert.deepEqual(
      wanted.filter((status) => !statuses.has(status)),
      [],
    );
    assert.ok(
      results.some(({ living }) => living.flag === 'URX'),
      'no retry',
    );
    t.diagnostic(`${routes.size} routes; statuses ${[...statuses].sort().join(' ')}`);
  });

  test('agree on what the door refuses', async () => {
    const plain = {
      method: 'GET',
      scheme: 'http',
      host: 'shop.test',
      target: '/cart',
      headers: [],
      body: undefined,
    } as const;
    const refused: GeneratedRequest[] = [
      { ...plain, method: 'TRACE' },
      { ...plain, host: '.shop.test' },
      { ...plain, target: '/cart%00' },
    ];
    for (const [index, request] of refused.entries()) {
      const { living } = await compare(request, `door-${index}`);
      assert.equal(living.route, '');
    }
  });

  test('the command says what the core says', async () => {
    const requests = generateRequests(virtualHosts, regexSamples, 40, 7).filter((_, i) => i % 10 === 0);
    await Promise.all(requests.map(compareCommand));
  });

  async function compareCommand(request: GeneratedRequest): Promise<void> {
    const { stdout, code } = await weft(...explainArguments(request), '-o', 'json', '-f', file);
    assert.equal(code, 0);
    const { hops } = JSON.parse(stdout) as { hops: Hop[] };
    const said = JSON.parse(JSON.stringify(explained(request).map(decided)));
    assert.deepEqual(hops.map(decided), said);
  }

  /** Sends the request and explains it. */
  async function compare(generated: GeneratedRequest, id: string): Promise<Comparison> {
    const request = { ...generated, headers: [...generated.headers, ['x-case', id]] as const };
    const living = livingOutcome(await send(request), upstream.echoes(id));
    const { promised, cluster } = promise(request);
    const label = `${request.method} ${request.scheme}://${request.host}${request.target} ${JSON.stringify(request.headers)}`;
    const [taken] = living.clusters;
    if (taken === undefined || taken === cluster) {
      assert.deepEqual(living, { ...promised, clusters: taken === undefined ? [] : [taken] }, label);
    } else {
      // Chance picked another destination, with edits of its own.
      assert.deepEqual(whateverDestination(living), whateverDestination(promised), label);
    }
    if (taken !== undefined) assert.ok(promised.clusters.includes(taken), `${label}: ${taken}`);
    for (const { headers } of upstream.echoes(id)) {
      assert.equal(new Map(headers).get('host'), `127.0.0.1:${upstream.port}`, label);
    }
    return { promised, living };
  }

  function promise(request: GeneratedRequest): { promised: GatewayOutcome; cluster: string | undefined } {
    try {
      const [hop = assert.fail('no hop')] = explained(request);
      const cluster = hop.decision.kind === 'forward' ? hop.decision.cluster : undefined;
      return { promised: promisedOutcome(hop, request), cluster };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const [, status, reason = ''] = /refuses this request: (\d+) (.*)$/.exec(error.message) ?? [];
      return { promised: refusedOutcome(Number(status), reason, request), cluster: undefined };
    }
  }

  function explained({ method, scheme, host, target, headers }: GeneratedRequest): Hop[] {
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    return explainHops(parseRequest(method, `${scheme}://${host}${target}`, lines, edge), edge, snapshots);
  }

  /** One gateway hears from its edge that clients speak TLS, the other that they do not. */
  function send({ method, scheme, host, target, headers, body }: GeneratedRequest) {
    const length = body === undefined ? [] : [['content-length', String(body.length)] as const];
    const lines = [['host', host] as const, ...headers, ...length];
    const content = body === undefined ? {} : { body };
    return gateways[scheme].client.send({ method, target, headers: lines, ...content });
  }
});

const decided = ({ proxy, direction, decision, destinations }: Hop) => ({
  proxy,
  direction,
  decision,
  destinations,
});

function explainArguments({ method, scheme, host, target, headers }: GeneratedRequest): string[] {
  const lines = headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return ['explain', method, `${scheme}://${host}${target}`, ...lines];
}
