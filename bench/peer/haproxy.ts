import type { NativePeer, NativePlace } from './native-process.ts';

/** HAProxy, one thread, with a configuration that routes and admits as the snapshot of the sidecar does. */
export const haproxy: NativePeer = {
  program: 'haproxy',
  debian: 'haproxy',
  versionArgs: ['-v'],
  configuration,
  arguments: (_folder, file) => ['-db', '-f', file],
};

/**
 * It would want two descriptors for each of its connections, but idle ones have one; hence no strict limits.
 * Keep-alive on both sides, a request id, TLS 1.3 with a client certificate that must verify. The SPIFFE ID is not
 * looked at: HAProxy has no word for it, so its policy is of method and path alone, and upstream it names no
 * server, as it would look for that name in the certificate.
 */
function configuration({ folder, ports, origin, mesh }: NativePlace): string {
  const tls = `crt ${folder}/server.pem ca-file ${folder}/roots.pem verify required`;
  const proof = `crt ${folder}/client.pem ca-file ${folder}/roots.pem verify required`;
  const upstream = mesh === undefined ? `127.0.0.1:${origin}` : `127.0.0.1:${mesh} ssl ${proof}`;
  return `global
  nbthread 1
  maxconn 12000
  no strict-limits
  no log
defaults
  mode http
  timeout connect 10s
  timeout client 600s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 600s
  timeout tunnel 1h
  http-reuse always
frontend outbound
  bind 127.0.0.1:${ports.plain}
  acl reviews hdr(host) -i reviews reviews:9080 reviews.default.svc.cluster.local
  acl tester req.hdr(end-user) tester
  acl api path_beg /api/
  http-request return status 404 unless reviews
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  use_backend canary if tester
  use_backend upstream if api
frontend inbound
  bind 127.0.0.1:${ports.mtls} ssl ${tls} ssl-min-ver TLSv1.3 alpn http/1.1 no-tls-tickets
  http-request deny unless METH_GET { path_beg /api/ } { ssl_c_used }
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  default_backend origin
frontend bytes
  mode tcp
  bind 127.0.0.1:${ports.tcp}
  default_backend bytes
backend origin
  server origin 127.0.0.1:${origin}
backend upstream
  server upstream ${upstream}
backend canary
  server canary ${upstream}
backend bytes
  mode tcp
  server origin 127.0.0.1:${origin}
`;
}
