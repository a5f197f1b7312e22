import type { NativePeer, NativePlace } from './native-process.ts';

/** Caddy with the same routes and the same demand for a client certificate; pinned, so one thread runs at a time. */
export const caddy: NativePeer = {
  program: 'caddy',
  debian: 'caddy',
  versionArgs: ['version'],
  configuration,
  arguments: (_folder, file) => ['run', '--config', file],
};

const REVIEWS = ['reviews', 'reviews.default.svc.cluster.local'];

function configuration({ folder, ports, origin }: NativePlace): string {
  const forward = { handler: 'reverse_proxy', upstreams: [{ dial: `127.0.0.1:${origin}` }] };
  const tester = { host: REVIEWS, header: { 'End-User': ['tester'] } };
  const outbound = [
    { match: [tester], handle: [forward], terminal: true },
    { match: [{ host: REVIEWS, path: ['/api/*'] }], handle: [forward], terminal: true },
    { handle: [{ handler: 'static_response', status_code: 404 }] },
  ];
  const inbound = [
    { match: [{ method: ['GET'], path: ['/api/*'] }], handle: [forward], terminal: true },
    { handle: [{ handler: 'static_response', status_code: 403 }] },
  ];
  const client = { mode: 'require_and_verify', trusted_ca_certs_pem_files: [`${folder}/roots.pem`] };
  const policy = {
    alpn: ['http/1.1'],
    protocol_min: 'tls1.3',
    certificate_selection: { any_tag: ['mesh'] },
    client_authentication: client,
  };
  const shared = { automatic_https: { disable: true } };
  const mtls = { listen: [`127.0.0.1:${ports.mtls}`], ...shared, tls_connection_policies: [policy] };
  const servers = {
    outbound: { listen: [`127.0.0.1:${ports.plain}`], ...shared, routes: outbound },
    // The name in the SNI and that in Host differ, as everywhere in the mesh.
    inbound: { ...mtls, strict_sni_host: false, routes: inbound },
  };
  const file = { certificate: `${folder}/server.crt`, key: `${folder}/server.key`, tags: ['mesh'] };
  return JSON.stringify({
    admin: { disabled: true, config: { persist: false } },
    logging: { logs: { default: { level: 'ERROR' } } },
    storage: { module: 'file_system', root: folder },
    apps: { http: { servers }, tls: { certificates: { load_files: [file] } } },
  });
}
