import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';
import { carries } from './running-pods.ts';

/** IST0101: no workload carries the labels that a Gateway selects. */
export const gatewayWorkload: AnalysisRule = ({ resources, pods }) =>
  resources.of('Gateway').flatMap((gateway) => {
    if (pods.select(gateway.spec.selector).length > 0) return [];
    const labels = selectorText(gateway.spec.selector);
    const message = `Referenced selector not found: "${labels}"`;
    const remedy = 'select the labels of a gateway that runs, e.g. istio: ingressgateway';
    return [finding('IST0101', gateway, ['spec', 'selector'], message, remedy)];
  });

/** IST0162: a Gateway listens on a port that no Service of its workload opens. */
export const gatewayPort: AnalysisRule = (inventory) =>
  inventory.resources.of('Gateway').flatMap((gateway) => {
    const opened = openedPorts(gateway, inventory);
    if (opened === undefined) return [];
    return gateway.spec.servers.flatMap(({ port, bind }, index) => {
      if (opened.has(port.number) || bind?.startsWith('unix:')) return [];
      const message = `The gateway is listening on a target port (port ${port.number}) that is not defined in the Service associated with its workload instances (Pod selector ${selectorText(gateway.spec.selector)}). If you need to access the gateway port through the gateway Service, it will not be available.`;
      const remedy = `add port ${port.number} to the Service, or use one of ${[...opened].join(', ')}`;
      return [finding('IST0162', gateway, ['spec', 'servers', index, 'port', 'number'], message, remedy)];
    });
  });

/** `a=1,b=2`. */
export function selectorText(selector: ReadonlyMap<string, string> | undefined): string {
  return [...(selector ?? [])].map(([key, value]) => `${key}=${value}`).join(',');
}

/** Of the Service that Istio's default ingress gateway comes with, and their target ports. */
const DEFAULT_PORTS = [80, 443, 8080, 8443, 15021, 15443, 31400];

/** Undefined when nothing is selected, or no Service stands before what is. */
function openedPorts({ spec }: Resource<'Gateway'>, { resources, pods }: Inventory): Set<number> | undefined {
  const selected = pods.select(spec.selector);
  const ports = new Set<number>();
  const owned = selected.some(({ name, namespace }) => `${namespace}/${name}` === DEFAULT);
  if (owned) for (const port of DEFAULT_PORTS) ports.add(port);
  const namespaces = [...new Set(selected.map(({ namespace }) => namespace))];
  for (const service of namespaces.flatMap((namespace) => resources.in('Service', namespace))) {
    const { selector } = service.spec;
    if (!selector?.size) continue;
    if (!selected.some((pod) => pod.namespace === service.namespace && carries(pod, selector))) continue;
    for (const { port, targetPort, protocol } of service.spec.ports) {
      if (protocol === 'UDP') continue;
      ports.add(port);
      if (typeof targetPort === 'number') ports.add(targetPort);
    }
  }
  return ports.size > 0 ? ports : undefined;
}

const DEFAULT = 'istio-system/istio-ingressgateway';
