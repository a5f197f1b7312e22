import fc from 'fast-check';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { ActiveSnapshot } from '../../src/proxy/activate.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Decision } from '../../src/proxy/decide/decision.ts';
import type { GatewayServer } from '../../src/snapshot/gateway-server.ts';
import type { VirtualHost } from '../../src/snapshot/route.ts';
import { type GeneratedRequest, generateRequests } from './request-generator.ts';

/** A request that two gateways decide on differently. */
export interface DecidedOtherwise {
  readonly about: string;
  readonly before: string;
  readonly after: string;
}

const DRAWS = [0, 0.35, 0.65, 0.999];
const SEED = 20_261_123;

/**
 * The first of `count` requests, made out of the servers of both, on which two gateways that open their ports decide
 * differently; the names of routes do not count.
 */
export function firstDifference(
  before: ActiveSnapshot,
  after: ActiveSnapshot,
  count: number,
): DecidedOtherwise | undefined {
  const servers = [before, after].flatMap(({ snapshot }) => snapshot.gateway?.servers ?? []);
  const each = Math.ceil(count / Math.max(1, servers.length));
  for (const server of servers) {
    const found =
      'virtualHosts' in server
        ? differentRequest(server, server.virtualHosts, each, before, after)
        : differentConnection(server, before, after);
    if (found) return found;
  }
  return undefined;
}

function differentRequest(
  server: GatewayServer,
  virtualHosts: readonly VirtualHost[],
  count: number,
  before: ActiveSnapshot,
  after: ActiveSnapshot,
): DecidedOtherwise | undefined {
  const asked = generateRequests(virtualHosts, samplesOf(virtualHosts), count, SEED);
  for (const request of asked)
    for (const draw of DRAWS) {
      const [was, is] = [before, after].map((active) => decided(request, server, active, draw));
      if (was !== is) return { about: told(request, server), before: was ?? '', after: is ?? '' };
    }
  return undefined;
}

function told(
  { method, host, target, headers }: GeneratedRequest,
  { port, protocol }: GatewayServer,
): string {
  return `${protocol} ${port} ${method} ${host}${target} ${headers.map((pair) => pair.join(': ')).join('; ')}`;
}

function decided(
  { method, host, target, headers }: GeneratedRequest,
  { protocol, port }: GatewayServer,
  active: ActiveSnapshot,
  draw: number,
): string {
  const secure = protocol === 'HTTPS';
  const scheme = secure ? 'https' : 'http';
  const list = HeaderList.from([['host', host], ...headers]);
  const request = canonicalRequest({ method, target, headers: list }, scheme, 'BASE');
  if (isRefusal(request)) return request.reason;
  const connection = connectionTo(port, scheme, secure ? request.host : undefined);
  return meaning(active.decide(request, connection, inputsOf(draw)));
}

/** Every server name that it routes by, one that nobody knows, and none. */
function differentConnection(
  server: GatewayServer,
  before: ActiveSnapshot,
  after: ActiveSnapshot,
): DecidedOtherwise | undefined {
  const known = 'tcpRoutes' in server ? server.tcpRoutes.flatMap(({ matches }) => matches) : [];
  const names = [...known.flatMap(({ sniHosts }) => sniHosts), 'nobody.invalid'].map((name) =>
    name.replace('*', 'some'),
  );
  for (const name of [...names, undefined])
    for (const draw of DRAWS) {
      const connection = connectionTo(server.port, 'https', name);
      const [was, is] = [before, after].map((active) =>
        whereTo(active.decideConnection(connection, inputsOf(draw))),
      );
      if (was !== is)
        return { about: `${server.protocol} ${server.port} ${name}`, before: was ?? '', after: is ?? '' };
    }
  return undefined;
}

/** Why a connection is closed, nobody can tell. */
function whereTo(decision: Decision): string {
  return decision.kind === 'forward' ? decision.cluster : 'closed';
}

function meaning(decision: Decision): string {
  if (decision.kind === 'ask') return `asks for ${decision.need}`;
  const { route: _, ...rest } = decision;
  return JSON.stringify(rest);
}

function connectionTo(port: number, scheme: 'http' | 'https', serverName: string | undefined): Connection {
  return {
    direction: 'gateway',
    port,
    scheme,
    remoteAddress: '10.0.0.1',
    localAddress: '10.0.0.2',
    security: 'none',
    peer: undefined,
    serverName,
  };
}

function inputsOf(draw: number) {
  return { now: 0, draw: () => draw, bytes: (length: number) => new Uint8Array(length) };
}

/** Texts that each regular expression of the routes matches. */
function samplesOf(virtualHosts: readonly VirtualHost[]): Map<string, readonly string[]> {
  const samples = new Map<string, readonly string[]>();
  const note = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('kind' in value && value.kind === 'regex' && 'value' in value) sample(String(value.value), samples);
    for (const member of Object.values(value)) note(member);
  };
  for (const { routes } of virtualHosts) for (const { matches } of routes) note(matches);
  return samples;
}

function sample(pattern: string, samples: Map<string, readonly string[]>): void {
  if (samples.has(pattern)) return;
  const texts = fc.sample(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), { numRuns: 8, seed: SEED });
  samples.set(
    pattern,
    texts.map((text) => text.replaceAll(/[^!-~]/g, 'x')),
  );
}
