import type { GatewayServer, HttpServer, HttpsServer, TcpRoute } from '../../snapshot/gateway-server.ts';
import type { VirtualHost } from '../../snapshot/route.ts';
import type { Target } from '../../snapshot/target.ts';
import { type Conversion, type Document, destinationOf, documentName, namespaceOf } from './conversion.ts';
import { specificityOf } from './http-route-match.ts';
import { httpRouteRule } from './http-route-rule.ts';
import { listenerOf } from './listener-document.ts';
import { exchanged } from './precedence-order.ts';
import { referenceGrants } from './reference-grants.ts';

const API = 'gateway.networking.k8s.io/v1';

/** What a gateway serves as Gateways, one for each server, with HTTPRoutes, TLSRoutes and TCPRoutes for their hosts. */
export function gatewayApiDocuments(conversion: Conversion, target: Target): readonly Document[] {
  const documents = conversion.servers.flatMap((server, index) => {
    const name = documentName('gateway', server.port, index);
    const listeners = hostsOf(server).map((host, i) => listenerOf(server, host, `listener-${i}`, conversion));
    const routes = routesOf(server, { name, namespace: target.namespace }, conversion);
    const spec = { gatewayClassName: 'istio', listeners };
    const metadata = { name, namespace: target.namespace };
    return [{ apiVersion: API, kind: 'Gateway', metadata, spec }, ...routes];
  });
  return [...documents, ...referenceGrants(documents)];
}

interface Parent {
  readonly name: string;
  readonly namespace: string;
}

function hostsOf(server: GatewayServer): readonly string[] {
  if ('hosts' in server) return server.hosts;
  const hosts = 'virtualHosts' in server ? server.virtualHosts.map(({ name }) => name) : [];
  return hosts.length > 0 ? hosts : ['*'];
}

function routesOf(server: GatewayServer, parent: Parent, conversion: Conversion): Document[] {
  if ('virtualHosts' in server)
    return server.virtualHosts
      .map((host) => httpRoute(server, host, parent, conversion))
      .filter((one) => one !== undefined);
  return server.tcpRoutes
    .map((route, i) => l4Route(server, route, i, parent, conversion))
    .filter((one) => one !== undefined);
}

/** CRD: no HTTPRoute has more. */
const MOST_RULES = 16;

/** All rules of a host or none: what one of them leaves would go to the next. */
function httpRoute(
  server: HttpServer | HttpsServer,
  { name: host, routes }: VirtualHost,
  parent: Parent,
  conversion: Conversion,
): Document | undefined {
  let whole = true;
  const refuse = (source: string) => (why: string) => {
    whole = false;
    conversion.note(source, `the rules for ${host} are not converted: ${why}`);
  };
  const [first] = routes;
  if (first === undefined) return undefined;
  const namespace = namespaceOf(routes, parent.namespace);
  const scheme = server.protocol === 'HTTPS' ? 'https' : 'http';
  const rules = routes.map((route) =>
    httpRouteRule(route, namespace, scheme, conversion, refuse(route.source)),
  );
  const ranked = routes.flatMap(({ matches }, rule) =>
    (matches.length > 0 ? matches : [{}]).map((match) => ({
      rule,
      match,
      specificity: specificityOf(match),
    })),
  );
  const [early, late] = exchanged(ranked) ?? [];
  if (early !== undefined && late !== undefined)
    refuse(routes[late]?.source ?? first.source)(
      `the Gateway API would try rule ${late} before rule ${early}, which is written first`,
    );
  if (rules.length > MOST_RULES) refuse(first.source)(`there are ${rules.length}, and ${MOST_RULES} at most`);
  if (!whole) return undefined;
  const metadata = { name: documentName(parent.name, host), namespace };
  const spec = { parentRefs: [parent], ...hostnames(host), rules };
  return { apiVersion: API, kind: 'HTTPRoute', metadata, spec };
}

const hostnames = (host: string): Document => (host === '*' ? {} : { hostnames: [host] });

function l4Route(
  server: GatewayServer,
  { source, matches, destinations }: TcpRoute,
  index: number,
  parent: Parent,
  { note, clusters }: Conversion,
): Document | undefined {
  const byName = 'tls' in server && server.tls.mode === 'PASSTHROUGH';
  const narrowed = matches.some(
    ({ destinationSubnets, sourceSubnets }) => destinationSubnets.length + sourceSubnets.length > 0,
  );
  const backends = destinations.map(({ cluster, weight }) => {
    const { host = '', port, subset } = destinationOf(cluster) ?? {};
    const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host) ?? [];
    return subset || !clusters.has(cluster) ? undefined : name && { name, namespace, port, weight };
  });
  if (narrowed || !backends.every(Boolean)) {
    note(source, 'the rule is not converted: it asks for addresses, or for what is no Service');
    return undefined;
  }
  const names = byName ? matches.flatMap(({ sniHosts }) => sniHosts) : [];
  const spec = {
    parentRefs: [parent],
    ...(names.length > 0 && { hostnames: names }),
    rules: [{ backendRefs: backends }],
  };
  const kind = byName ? 'TLSRoute' : 'TCPRoute';
  const metadata = { name: documentName(parent.name, index), namespace: source.split('/')[1] ?? 'default' };
  return { apiVersion: byName ? API : 'gateway.networking.k8s.io/v1alpha2', kind, metadata, spec };
}
