import type { GatewayServer, TcpRoute, TlsServer } from '../../snapshot/gateway-server.ts';
import type { Target } from '../../snapshot/target.ts';
import { type Conversion, type Document, destinationOf, documentName, namespaceOf } from './conversion.ts';
import { istioRule } from './istio-rule.ts';

const API = 'networking.istio.io/v1';

/** What a gateway serves as Gateways and VirtualServices, one for each of their hosts. */
export function istioDocuments(conversion: Conversion, target: Target): readonly Document[] {
  return conversion.servers.flatMap((server, index) =>
    apart(server).flatMap((hosts, part) => {
      const name = documentName('gateway', server.port, index, part);
      const spec = {
        selector: Object.fromEntries(target.labels.filter(([key]) => key === 'istio')),
        servers: [
          {
            port: { number: server.port, name: server.protocol.toLowerCase(), protocol: server.protocol },
            hosts: 'hosts' in server ? server.hosts : hosts,
            ...tlsOf(server, target, conversion),
          },
        ],
      };
      const metadata = { name, namespace: target.namespace };
      const gateway = { apiVersion: API, kind: 'Gateway', metadata, spec };
      return [gateway, ...virtualServices(server, hosts, metadata, conversion)];
    }),
  );
}

/**
 * The hosts of a server in groups that need Gateways of their own: a VirtualService of a wildcard host would also
 * take the hosts below it that its Gateway names.
 */
function apart(server: GatewayServer): readonly (readonly string[])[] {
  if (!('virtualHosts' in server)) return ['hosts' in server ? server.hosts : ['*']];
  const hosts = server.virtualHosts.map(({ name }) => name);
  if ('hosts' in server) return [hosts];
  const exact = hosts.filter((host) => !host.startsWith('*'));
  const wide = hosts.filter((host) => host.startsWith('*')).map((host) => [host]);
  return [...(exact.length > 0 ? [exact] : []), ...wide];
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

function virtualServices(
  server: GatewayServer,
  hosts: readonly string[],
  gateway: Named,
  conversion: Conversion,
): Document[] {
  const service = (host: string, namespace: string, rules: Document): Document => ({
    apiVersion: API,
    kind: 'VirtualService',
    metadata: { name: documentName(gateway.name, host), namespace },
    spec: { hosts: [host], gateways: [`${gateway.namespace}/${gateway.name}`], ...rules },
  });
  if ('tcpRoutes' in server) {
    const rules = tcpRules(server, conversion);
    const namespace = namespaceOf(server.tcpRoutes, gateway.namespace);
    return rules ? [service(hosts[0] ?? '*', namespace, rules)] : [];
  }
  const own = server.virtualHosts.filter(({ name }) => hosts.includes(name));
  return own.map(({ name: host, routes }) => {
    // A host without routes keeps a wider one's away.
    const nothing = [{ directResponse: { status: 404 } }];
    const http = routes.length > 0 ? routes.map((route) => istioRule(route, conversion)) : nothing;
    return service(host, namespaceOf(routes, gateway.namespace), { http });
  });
}

function tcpRules(
  server: GatewayServer & { readonly tcpRoutes: readonly TcpRoute[] },
  { clusters }: Conversion,
) {
  const byName = 'tls' in server && server.tls.mode === 'PASSTHROUGH';
  const rules = server.tcpRoutes.flatMap(({ matches, destinations }) => {
    const there = destinations.filter(({ cluster }) => clusters.has(cluster));
    const route = there.map(({ cluster, weight }) => {
      const { host = cluster, port = 0 } = destinationOf(cluster) ?? {};
      return { destination: { host, port: { number: port } }, ...(there.length > 1 && { weight }) };
    });
    const match = matches.map(({ sniHosts }) => ({ sniHosts }));
    return route.length > 0 ? [{ ...(byName && { match }), route }] : [];
  });
  return rules.length > 0 ? { [byName ? 'tls' : 'tcp']: rules } : undefined;
}

function tlsOf(server: GatewayServer, { namespace }: Target, { note }: Conversion): Document {
  if (!('tls' in server)) return {};
  const { tls, source } = server;
  if (tls.mode === 'PASSTHROUGH') return { tls: { mode: tls.mode } };
  return { tls: { mode: tls.mode, ...certificateOf(tls, namespace, (why) => note(source, why)) } };
}

type Terminated = Exclude<TlsServer['tls'], { readonly mode: 'PASSTHROUGH' }>;

function certificateOf(tls: Terminated, namespace: string, note: (why: string) => void): Document {
  const { credential, certificateFile, privateKeyFile, caFile } = tls;
  if (!credential) {
    const files = { serverCertificate: certificateFile, privateKey: privateKeyFile };
    return { ...files, ...(caFile && { caCertificates: caFile }) };
  }
  const [, at = '', credentialName = ''] = credential.certificate.split('/');
  if (at !== namespace)
    note(`Secret ${at}/${credentialName} must be in ${namespace} too: Istio's gateways read no others`);
  const [kind, authorityAt, authority = ''] = credential.authority.split('/');
  if (credential.authority !== '' && (kind !== 'Secret' || authorityAt !== namespace))
    note(`clients are verified by Secret ${namespace}/${authority}, which must hold ${credential.authority}`);
  return { credentialName, ...(authority && { caCertCredentialName: authority }) };
}
