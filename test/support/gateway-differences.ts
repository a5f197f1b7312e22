import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import type { GatewayServer } from '../../src/snapshot/gateway-server.ts';
import type { VirtualHost } from '../../src/snapshot/route.ts';
import { type GeneratedRequest, generateRequests } from './request-generator.ts';
import { buildConnection, buildRequest, fixedInputs } from './snapshot.ts';

/** The gateway that resources make, with its ports. */
export function activeGateway(resources: readonly Resource[]): ActiveSnapshot {
  const { snapshot } = compile(resources, ingressGateway, defaultMeshSettings);
  return activate(snapshot, { gatewayPorts: true });
}

/** What two gateways say otherwise of one request. */
export interface Difference {
  /** The request. */
  readonly about: string;
  readonly before: string;
  readonly after: string;
}

/** Requests of so many a server for which two gateways decide otherwise, with what each says. */
export function differences(
  one: ActiveSnapshot,
  other: ActiveSnapshot,
  count: number,
  seed: number,
): { readonly asked: number; readonly different: readonly Difference[] } {
  const servers = one.snapshot.gateway?.servers ?? [];
  let asked = 0;
  const different = servers.flatMap((server, i) => {
    if (!('virtualHosts' in server) || server.virtualHosts.length === 0) return [];
    const requests = generateRequests(server.virtualHosts, samplesOf(server.virtualHosts), count, seed + i);
    return requests.flatMap((request) =>
      [0.05, 0.55, 0.95].flatMap((draw) => {
        asked++;
        const [a, b] = [decided(one, server, request, draw), decided(other, server, request, draw)];
        const about = `${request.method} ${request.host}${request.target} on ${server.port}`;
        return a === b ? [] : [{ about, before: a, after: b }];
      }),
    );
  });
  return { asked, different };
}

/** What is decided, without the names of who said so; that nothing is there is a 404 whoever says it. */
function decided(
  active: ActiveSnapshot,
  server: GatewayServer,
  request: GeneratedRequest,
  draw: number,
): string {
  const { method, host, target, headers } = request;
  const scheme = server.protocol === 'HTTPS' ? 'https' : 'http';
  const all = [['host', host], ...headers] as const;
  const connection = buildConnection('gateway', {
    port: server.port,
    scheme,
    serverName: scheme === 'https' ? host.toLowerCase().replace(/:\d+$/, '') : undefined,
  });
  const decision = active.decide(
    buildRequest(`${host}${target}`, all, { method, scheme }),
    connection,
    fixedInputs(draw),
  );
  if (decision.kind === 'reply')
    return `reply ${decision.status} ${JSON.stringify(decision.headers)} ${decision.body}`;
  return JSON.stringify(decision, (key, value) => (key === 'route' || key === 'source' ? undefined : value));
}

/** A few texts for each regular expression of a table, by what is usual in it. */
function samplesOf(virtualHosts: readonly VirtualHost[]): ReadonlyMap<string, readonly string[]> {
  const texts = JSON.stringify(virtualHosts).matchAll(/"kind":"regex","value":("(?:[^"\\]|\\.)*")/g);
  return new Map(
    [...texts].map(([, text = '""']) => {
      const pattern = JSON.parse(text) as string;
      return [
        pattern,
        ['/any', '/v1/x', pattern.replaceAll(/\\(.)/g, '$1').replaceAll(/[[(].*?[\])][+*]?|\.[*+]/g, 'ab')],
      ];
    }),
  );
}
