import { gatewayName, MESH } from '../compile/gateway-name.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';
import { carries, type RunningPod } from './running-pods.ts';

const CLAIMS = '@request.auth.claims';

/** IST0149: a VirtualService routes on JWT claims at a gateway where no RequestAuthentication verifies them. */
export const claimRouting: AnalysisRule = (inventory) => {
  const gateways = new Map(
    inventory.resources.of('Gateway').map((gateway) => [`${gateway.namespace}/${gateway.name}`, gateway]),
  );
  return {
    VirtualService: (owner) =>
      owner.spec.http.flatMap(({ match }, rule) =>
        match.flatMap(({ headers, withoutHeaders }, index) => {
          const key = [...(headers?.keys() ?? []), ...(withoutHeaders?.keys() ?? [])].find(isClaim);
          if (key === undefined) return [];
          return owner.spec.gateways.flatMap((written) => {
            const name = gatewayName(written, owner.namespace);
            const gateway = gateways.get(name);
            if (name === MESH || !gateway) return [];
            const pod = inventory.pods
              .select(gateway.spec.selector)
              .find((one) => !isVerified(one, inventory));
            if (!pod) return [];
            const message = `The virtual service uses the JWT claim based routing (key: ${key}) but found no request authentication for the gateway (${name}) pod (${pod.name}). The request authentication must first be applied for the gateway pods to validate the JWT token and make the claims available for routing.`;
            const remedy = `add a RequestAuthentication in namespace ${pod.namespace} that selects the gateway`;
            return [finding('IST0149', owner, ['spec', 'http', rule, 'match', index], message, remedy)];
          });
        }),
      ),
  };
};

function isClaim(name: string): boolean {
  return name.toLowerCase().startsWith(CLAIMS);
}

function isVerified(pod: RunningPod, { resources, mesh }: Inventory): boolean {
  return resources
    .of('RequestAuthentication')
    .some(
      ({ namespace, spec }) =>
        (namespace === pod.namespace || namespace === mesh.rootNamespace) &&
        carries(pod, spec.selector?.matchLabels),
    );
}
