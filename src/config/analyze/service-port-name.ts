import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** What Istio reads from a port name up to its first `-`. */
const PROTOCOLS = new Set(
  'grpc,grpc-web,http,http2,http_proxy,https,hbone,mongo,mysql,redis,tcp,tls,udp'.split(','),
);

/** Namespaces of Kubernetes and Istio themselves. */
const SYSTEM = new Set(['kube-system', 'kube-public', 'istio-system']);

/** IST0118, IST0150: the name of a service port says no protocol, so that it is guessed. */
export const servicePortName: AnalysisRule = () => ({
  Service: (service) =>
    SYSTEM.has(service.namespace)
      ? []
      : service.spec.ports.flatMap(({ name = '', port, targetPort, appProtocol, protocol }, index) => {
          if (appProtocol || protocol === 'UDP' || saysProtocol(name)) return [];
          const path = ['spec', 'ports', index];
          if (service.spec.type === 'ExternalName') {
            const message =
              'Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly';
            return [finding('IST0150', service, path, message, 'begin the name with tcp, http or https')];
          }
          const message = `Port name ${name} (port: ${port}, targetPort: ${targetPort ?? port}) doesn't follow the naming convention of Istio port.`;
          const remedy = `name it ${name ? `http-${name}` : 'http'} or tcp-…, or set appProtocol`;
          return [finding('IST0118', service, path, message, remedy)];
        }),
});

function saysProtocol(name: string): boolean {
  const lower = name.toLowerCase();
  return PROTOCOLS.has(lower) || PROTOCOLS.has(lower.split('-', 1)[0] ?? '') || lower.startsWith('grpc-web-');
}
