import type { Resource } from '../resource/resource.ts';
import { selects } from './labels.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';
import type { GatewayServer } from './spec-parts.ts';

/** An HTTP server of a Gateway that runs on the target. */
export interface HttpServer {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string;
  readonly port: number;
  readonly hosts: readonly ServerHost[];
  /** Source key of the server when it answers plaintext with a redirect, else undefined. */
  readonly httpsRedirect: string | undefined;
}

/** A server's host, and whose VirtualServices may use it: a namespace, or undefined for everybody's. */
export interface ServerHost {
  readonly host: string;
  readonly namespace: string | undefined;
}

/** The servers whose bytes are HTTP here: plaintext ones, and TLS ones that end TLS. */
export function httpServers(scope: Scope): HttpServer[] {
  return scope.resources
    .of('Gateway')
    .filter(({ spec }) => selects(spec.selector, scope.target.labels))
    .flatMap((gateway) =>
      gateway.spec.servers.flatMap((server, i) =>
        isHttp(server) ? [httpServer(server, i, gateway, scope)] : [],
      ),
    );
}

const plaintext = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

function isHttp({ port, tls }: GatewayServer): boolean {
  if (plaintext.has(port.protocol)) return true;
  return port.protocol === 'HTTPS' && tls?.mode !== 'PASSTHROUGH' && tls?.mode !== 'AUTO_PASSTHROUGH';
}

function httpServer(
  server: GatewayServer,
  i: number,
  gateway: Resource<'Gateway'>,
  { report }: Scope,
): HttpServer {
  const redirects = server.tls?.httpsRedirect === true;
  return {
    gateway: `${gateway.namespace}/${gateway.name}`,
    port: server.port.number,
    hosts: server.hosts.map((host) => serverHost(host, gateway.namespace)),
    httpsRedirect: redirects
      ? report.place(sourceKey(gateway, 'servers', i), gateway, ['spec', 'servers', i])
      : undefined,
  };
}

function serverHost(written: string, own: string): ServerHost {
  const slash = written.indexOf('/');
  const prefix = slash < 0 ? '*' : written.slice(0, slash);
  const namespace = prefix === '*' ? undefined : prefix === '.' ? own : prefix;
  return { host: written.slice(slash + 1).toLowerCase(), namespace };
}
