import type { Target } from '../../snapshot/target.ts';
import type { Resource } from '../resource/resource.ts';
import { resourceSet } from './resource-set.ts';
import { workloadsOf } from './workload.ts';

/** Istio's default ingress gateway, which every mesh has. */
export const ingressGateway: Target = {
  kind: 'gateway',
  namespace: 'istio-system',
  name: 'istio-ingressgateway',
  serviceAccount: 'istio-ingressgateway-service-account',
  labels: [
    ['app', 'istio-ingressgateway'],
    ['istio', 'ingressgateway'],
  ],
};

/** The gateway, and one sidecar per Deployment sorted by namespace and name. */
export function targetsOf(resources: readonly Resource[]): Target[] {
  const sidecars = workloadsOf(resourceSet(resources)).map(
    ({ namespace, name, serviceAccount, labels }): Target => ({
      kind: 'sidecar',
      namespace,
      name,
      serviceAccount,
      labels,
    }),
  );
  const order = ({ namespace, name }: Target) => `${namespace}/${name}`;
  return [ingressGateway, ...sidecars.sort((a, b) => (order(a) < order(b) ? -1 : 1))];
}
