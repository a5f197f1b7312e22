/** How a port's bytes are read: as HTTP requests, or not at all. */
export type PortProtocol = 'http' | 'tcp';

const httpFamily = new Set([
  'http',
  'http2',
  'grpc',
  'grpc-web',
  'http_proxy',
  'kubernetes.io/h2c',
  'kubernetes.io/ws',
]);

const http2Family = new Set(['http2', 'grpc', 'kubernetes.io/h2c']);

/** The HTTP that a port's application speaks, said as for `portProtocol`; HTTP/1.1 unless it is http2 or a grpc. */
export function httpVersion(declared: string | undefined): 'http1' | 'http2' {
  const name = declared?.toLowerCase() ?? '';
  const [prefix = ''] = name.split('-', 1);
  return http2Family.has(name) || http2Family.has(prefix) ? 'http2' : 'http1';
}

/**
 * Istio's protocol selection: appProtocol or the port name up to its first `-`. An undeclared protocol is HTTP.
 * `transport` is the Kubernetes protocol (TCP, UDP).
 */
export function portProtocol(declared: string | undefined, transport: string | undefined): PortProtocol {
  if (transport === 'UDP') return 'tcp';
  if (!declared) return 'http';
  const name = declared.toLowerCase();
  const [prefix = ''] = name.split('-', 1);
  return httpFamily.has(name) || httpFamily.has(prefix) ? 'http' : 'tcp';
}
