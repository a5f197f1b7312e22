import { workloadsBehind } from '../compile/workload.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullHost } from '../resource/host-name.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** WFT0202: a Service or a subset selects workloads that no Deployment runs. */
export const noWorkload: AnalysisRule = (inventory) => [...services(inventory), ...subsets(inventory)];

function services({ registry, resources }: Inventory): Diagnostic[] {
  return registry.services.flatMap((service) => {
    const { resource, host, selector } = service;
    if (resource.kind !== 'Service' || !selector || workloadsBehind(service, undefined, resources).length > 0)
      return [];
    const message = `${host} selects workloads that do not exist`;
    return [
      finding('WFT0202', resource, ['spec', 'selector'], message, 'add a Deployment with these labels'),
    ];
  });
}

/** Only of services that something runs behind: the others have said so already. */
function subsets({ registry, resources }: Inventory): Diagnostic[] {
  return resources.of('DestinationRule').flatMap((rule) => {
    const service = registry.find(fullHost(rule.spec.host, rule.namespace));
    if (!service || workloadsBehind(service, undefined, resources).length === 0) return [];
    return rule.spec.subsets.flatMap(({ name, labels }, index) => {
      if (workloadsBehind(service, labels, resources).length > 0) return [];
      const message = `subset ${name} of ${service.host} names workloads that do not exist`;
      const remedy = 'add a Deployment with these labels, or remove the subset';
      return [finding('WFT0202', rule, ['spec', 'subsets', index], message, remedy)];
    });
  });
}
