import type { Diagnostic } from '../diagnostic.ts';
import { fullHost } from '../resource/host-name.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** WFT0202, IST0173: a Service or a subset selects workloads that nothing runs. */
export const noWorkload: AnalysisRule = (inventory) => [...services(inventory), ...subsets(inventory)];

function services({ registry, pods }: Inventory): Diagnostic[] {
  return registry.services.flatMap((service) => {
    const { resource, host, selector } = service;
    if (resource.kind !== 'Service' || !selector || pods.select(selector, service.namespace).length > 0)
      return [];
    const message = `${host} selects workloads that do not exist`;
    return [
      finding('WFT0202', resource, ['spec', 'selector'], message, 'add a Deployment with these labels'),
    ];
  });
}

/** Only of services that something runs behind: the others have said so already. */
function subsets({ registry, resources, pods }: Inventory): Diagnostic[] {
  return resources.of('DestinationRule').flatMap((rule) => {
    const service = registry.find(fullHost(rule.spec.host, rule.namespace));
    if (!service?.selector || pods.select(service.selector, service.namespace).length === 0) return [];
    const { selector, namespace } = service;
    return rule.spec.subsets.flatMap(({ name, labels }, index) => {
      if (pods.select(new Map([...selector, ...(labels ?? [])]), namespace).length > 0) return [];
      const message = `The Subset ${name} defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).`;
      const remedy = 'add a Deployment with these labels, or remove the subset';
      return [finding('IST0173', rule, ['spec', 'subsets', index], message, remedy)];
    });
  });
}
