import type { GatewayServer as CompiledServer, TlsServer } from '../../snapshot/gateway-server.ts';
import type { Resource } from '../resource/resource.ts';
import type { GatewayListener } from './gateway-api/gateway-listeners.ts';
import { listenerServers } from './gateway-api/listener-servers.ts';
import { openedPorts, runsOn } from './opened-ports.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';
import { serverTls } from './server-tls.ts';
import type { GatewayServer } from './spec-parts.ts';

/** A server of a Gateway that runs on the target. */
export interface PortServer {
  /** `namespace/name` of the Gateway; of the Gateway API's, its source key, which no VirtualService names. */
  readonly gateway: string;
  /** What is spoken once the protocol names and tls modes of Istio are sorted out. */
  readonly protocol: CompiledServer['protocol'];
  /** The port that is opened; 0 for a Unix socket. */
  readonly port: number;
  /** The port as its Gateway writes it, which is what routes mean: another one where a Service stands before it. */
  readonly writtenPort: number;
  readonly hosts: readonly ServerHost[];
  /** Of HTTPS and TLS. */
  readonly tls: TlsServer['tls'] | undefined;
  /** Whether it answers plaintext with a redirect. */
  readonly httpsRedirect: boolean;
  /** Source key. */
  readonly source: string;
  readonly resource: Resource<'Gateway' | 'KubernetesGateway' | 'ListenerSet'>;
  readonly index: number;
  /** Of the Gateway API's listeners. */
  readonly listener?: GatewayListener;
}

/** A server's host, and whose VirtualServices may use it: a namespace, or undefined for everybody's. */
export interface ServerHost {
  readonly host: string;
  readonly namespace: string | undefined;
}

/** The servers of every Gateway that selects the target, oldest Gateway first, then the Gateway API's. */
export function portServers(scope: Scope): PortServer[] {
  const servers = scope.resources
    .of('Gateway')
    .filter((gateway) => runsOn(gateway, scope))
    .flatMap((gateway) =>
      gateway.spec.servers.flatMap((server, i) => {
        const found = portServer(server, i, gateway, scope);
        const opened = found ? openedPorts(gateway, found.writtenPort, scope) : [];
        return opened.flatMap((port) => (found ? [{ ...found, port }] : []));
      }),
    );
  return [...servers, ...listenerServers(scope)];
}

const plaintext = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

/** Undefined when it asks for TLS that cannot be given: no server is better than one without it. */
function portServer(
  server: GatewayServer,
  index: number,
  resource: Resource<'Gateway'>,
  { report, target, resources }: Scope,
): PortServer | undefined {
  const isHttp = plaintext.has(server.port.protocol);
  const wantsTls = !isHttp && server.tls !== undefined;
  const tls = wantsTls ? serverTls(server.tls, target.namespace, resources) : undefined;
  if (wantsTls && tls === undefined) return undefined;
  return {
    gateway: `${resource.namespace}/${resource.name}`,
    protocol: isHttp ? 'HTTP' : protocolOf(server, tls),
    port: server.port.number,
    writtenPort: server.port.number,
    hosts: server.hosts.map((host) => serverHost(host, resource.namespace)),
    tls,
    httpsRedirect: isHttp && server.tls?.httpsRedirect === true,
    source: report.place(sourceKey(resource, 'servers', index), resource, ['spec', 'servers', index]),
    resource,
    index,
  };
}

/** HTTP is read only where TLS ends here; PASSTHROUGH on any port goes by server name. */
function protocolOf({ port }: GatewayServer, tls: PortServer['tls']): PortServer['protocol'] {
  if (tls === undefined) return 'TCP';
  return port.protocol === 'HTTPS' && tls.mode !== 'PASSTHROUGH' ? 'HTTPS' : 'TLS';
}

function serverHost(written: string, own: string): ServerHost {
  const slash = written.indexOf('/');
  const prefix = slash < 0 ? '*' : written.slice(0, slash);
  const namespace = prefix === '*' ? undefined : prefix === '.' ? own : prefix;
  return { host: written.slice(slash + 1).toLowerCase(), namespace };
}
