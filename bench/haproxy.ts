import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import type { MeshIdentity } from './mesh-identity.ts';
import { pinned } from './pinning.ts';
import type { ProxyPorts } from './process/weft-proxy.ts';

/** The peer as a process: what it runs as, where it listens, and how it ends. */
export interface Haproxy {
  readonly pid: number;
  readonly ports: ProxyPorts;
  stop(): Promise<void>;
}

/** `HAProxy version …`, or undefined when it is not on PATH. */
export function haproxyVersion(): string | undefined {
  const { status, stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0]?.split(' -')[0] : undefined;
}

/**
 * Starts one with a configuration that routes and admits as the snapshot of the sidecar does. `mesh` is where
 * outbound requests go by mutual TLS, instead of to the origin.
 */
export async function startHaproxy(origin: number, identity: MeshIdentity, mesh?: number): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  const ports = { plain: await freePort(), mtls: await freePort() };
  const { client, server, bundle } = identity;
  writeFileSync(join(folder, 'server.pem'), server.chainPem + server.keyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'client.pem'), client.chainPem + client.keyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'roots.pem'), bundle.rootsPem);
  writeFileSync(join(folder, 'haproxy.cfg'), configuration(folder, ports, origin, mesh));
  const command = ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')] as const;
  const child = new Child('haproxy', pinned('measured', command));
  try {
    await untilOpen(ports.mtls);
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    // It has read them; a private key need not lie about.
    rmSync(folder, { recursive: true, force: true });
  }
  return { pid: child.pid, ports, stop: () => child.stop() };
}

/**
 * One thread, keep-alive on both sides, a request id, TLS 1.3 with a client certificate that must verify. The
 * SPIFFE ID is not looked at: HAProxy has no word for it, so its policy is of method and path alone, and
 * upstream it names no server, as it would look for that name in the certificate.
 */
function configuration(
  folder: string,
  { plain, mtls }: ProxyPorts,
  origin: number,
  mesh: number | undefined,
): string {
  const tls = `crt ${folder}/server.pem ca-file ${folder}/roots.pem verify required`;
  const proof = `crt ${folder}/client.pem ca-file ${folder}/roots.pem verify required`;
  const upstream = mesh === undefined ? `127.0.0.1:${origin}` : `127.0.0.1:${mesh} ssl ${proof}`;
  return `global
  nbthread 1
  maxconn 1000
  no log
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  http-reuse always
frontend outbound
  bind 127.0.0.1:${plain}
  acl reviews hdr(host) -i reviews reviews:9080 reviews.default.svc.cluster.local
  acl tester req.hdr(end-user) tester
  acl api path_beg /api/
  http-request return status 404 unless reviews
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  use_backend canary if tester
  use_backend upstream if api
frontend inbound
  bind 127.0.0.1:${mtls} ssl ${tls} ssl-min-ver TLSv1.3 alpn http/1.1 no-tls-tickets
  http-request deny unless METH_GET { path_beg /api/ } { ssl_c_used }
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
backend upstream
  server upstream ${upstream}
backend canary
  server canary ${upstream}
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function untilOpen(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('haproxy does not open its port');
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
