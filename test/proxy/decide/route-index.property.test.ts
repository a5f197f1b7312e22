import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { type ActiveSnapshot, activate } from '../../../src/proxy/activate.ts';
import { compileRoute } from '../../../src/proxy/decide/compiled-route.ts';
import type { Evidence } from '../../../src/proxy/decide/evidence.ts';
import { removals } from '../../../src/proxy/decide/identity-headers.ts';
import { buildRouteIndex, findCandidate, type RouteIndex } from '../../../src/proxy/decide/route-index.ts';
import type { ForwardAction, Route, VirtualHost } from '../../../src/snapshot/route.ts';
import { indexMutants } from '../../support/index-mutants.ts';
import { linearMatches, type PlainRequest } from '../../support/linear-routing.ts';
import { drawRequest, drawVirtualHost, tableClusters } from '../../support/route-tables.ts';
import { chosenSeed, Seeded } from '../../support/seeded.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildSnapshot,
  fixedInputs,
} from '../../support/snapshot.ts';

const PAIRS = process.env.WEFT_FULL === undefined ? 50_000 : 1_000_000;
const PAIRS_PER_TABLE = 25;
/** A mutant lives when this many pairs do not show it. */
const PAIRS_OF_MUTANT = 20_000;
const clusters = tableClusters.map((name) => buildCluster(name));

test(`over ${PAIRS} tables and requests the index chooses what reading line by line does`, () => {
  const seed = chosenSeed();
  const seen = { pairs: 0, matching: 0, several: 0 };
  for (const { host, requests, draw } of tables(seed, PAIRS)) {
    const decide = decider(host);
    for (const request of requests) {
      const matches = linearMatches(host, withoutClaims(request));
      const point = draw.below(1024) / 1024;
      const expected = matches[0] === undefined ? 'NR' : destinationOf(host, matches[0], point);
      const text = `WEFT_SEED=${seed}: ${JSON.stringify({ request, point, host })}`;
      assert.equal(decide(request, point), expected, text);
      seen.pairs++;
      if (matches.length > 0) seen.matching++;
      if (matches.length > 1) seen.several++;
    }
  }
  assert.equal(seen.pairs, PAIRS);
  assert.ok(seen.matching >= 0.6 * PAIRS, `only ${seen.matching} requests match`);
  assert.ok(seen.several >= 0.3 * PAIRS, `only ${seen.several} requests have several candidates`);
});

test('the index chooses the first item of a route, too', () => {
  assert.equal(
    differences(chosenSeed(), 10_000, (index) => index),
    0,
  );
});

for (const [name, mutate] of indexMutants) {
  test(`an index is found out in which ${name}`, () => {
    assert.ok(differences(chosenSeed(), PAIRS_OF_MUTANT, mutate, 1) > 0);
  });
}

interface Drawn {
  readonly host: VirtualHost;
  readonly requests: readonly PlainRequest[];
  readonly draw: Seeded;
}

function* tables(seed: number, pairs: number): Generator<Drawn> {
  const draw = new Seeded(seed);
  for (let done = 0; done < pairs; done += PAIRS_PER_TABLE) {
    const host = drawVirtualHost(draw);
    const requests = Array.from({ length: PAIRS_PER_TABLE }, () => drawRequest(draw, host));
    yield { host, requests, draw };
  }
}

/** How many requests a changed index sends to another item; it stops at `enough`. */
function differences(
  seed: number,
  pairs: number,
  change: (index: RouteIndex) => RouteIndex,
  enough = Number.POSITIVE_INFINITY,
): number {
  let count = 0;
  for (const { host, requests } of tables(seed, pairs)) {
    const known = new Map(clusters.map((cluster) => [cluster.name, cluster]));
    const routes = host.routes.map((route) => ({
      route: compileRoute(route, known),
      matches: route.matches,
    }));
    const index = change(buildRouteIndex(routes));
    for (const request of requests) {
      const found = findCandidate(index, evidenceOf(request));
      const item = found && `${found.route.source.slice(1)}/${found.route.matches.indexOf(found.match)}`;
      if (item !== linearMatches(host, withoutClaims(request))[0]) count++;
      if (count >= enough) return count;
    }
  }
  return count;
}

function decider(host: VirtualHost): (request: PlainRequest, point: number) => string {
  const active: ActiveSnapshot = activate(
    buildSnapshot({ outbound: [{ port: 80, virtualHosts: [host] }], clusters }),
  );
  return (request, point) => {
    const decision = active.decide(requestOf(request), buildConnection('outbound'), fixedInputs(point));
    if (decision.kind === 'forward') return `${decision.route} ${decision.cluster}`;
    return decision.kind === 'reply' ? decision.flag : 'ask';
  };
}

function destinationOf({ routes }: VirtualHost, item: string, point: number): string {
  const { source, action } = routes[Number.parseInt(item, 10)] as Route;
  const { destinations } = action as ForwardAction;
  const weighted = destinations.flatMap(({ cluster, weight }) =>
    Array.from({ length: destinations.length === 1 ? 1 : weight }, () => cluster),
  );
  return `${source} ${weighted[Math.floor(point * weighted.length)]}`;
}

function evidenceOf(request: PlainRequest): Evidence {
  const headers = HeaderList.from(request.headers);
  const edits = removals(headers, (name) => name.startsWith('x-weft-'));
  return {
    direction: 'outbound',
    request: requestOf(request),
    connection: buildConnection('outbound'),
    edits,
  };
}

function requestOf({ path, method, headers, query }: PlainRequest) {
  const text = query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`;
  return buildRequest(`h.example${path}${text}`, headers, { method });
}

/** An application may not claim what only proxies say. */
function withoutClaims(request: PlainRequest): PlainRequest {
  return { ...request, headers: request.headers.filter(([name]) => !name.startsWith('x-weft-')) };
}
