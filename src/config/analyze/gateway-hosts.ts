import { gatewayName, MESH } from '../compile/gateway-name.ts';
import { hostIntersection } from '../compile/host-match.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0132: a gateway serves none of the hosts of a VirtualService that is bound to it. */
export const gatewayHosts: AnalysisRule = ({ resources }) => {
  const served = new Map(
    resources
      .of('Gateway')
      .map(({ namespace, name, spec }) => [
        `${namespace}/${name}`,
        spec.servers.flatMap(({ hosts }) => hosts.map(withoutNamespace)),
      ]),
  );
  return {
    VirtualService: (owner) =>
      owner.spec.gateways.flatMap((written, index) => {
        const name = gatewayName(written, owner.namespace);
        const hosts = served.get(name);
        if (name === MESH || !hosts || owner.spec.hosts.length === 0) return [];
        const own = owner.spec.hosts.map((host) => host.toLowerCase());
        if (own.some((host) => hosts.some((other) => hostIntersection(host, other) !== undefined))) return [];
        const message = `one or more host [${own.join(' ')}] defined in VirtualService ${owner.namespace}/${owner.name} not found in Gateway ${name}.`;
        const remedy = `add the host to a server of ${name}, which serves ${hosts.join(', ')}`;
        return [finding('IST0132', owner, ['spec', 'gateways', index], message, remedy)];
      }),
  };
};

function withoutNamespace(host: string): string {
  return host.slice(host.indexOf('/') + 1).toLowerCase();
}
