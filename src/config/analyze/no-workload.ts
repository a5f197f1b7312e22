import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';
import { carries } from './running-pods.ts';

/** WFT0202, IST0173: a Service or a subset selects workloads that nothing runs. */
export const noWorkload: AnalysisRule = (inventory) => ({
  Service: (service) => judgeService(service, inventory),
  DestinationRule: (rule) => judgeSubsets(rule, inventory),
});

function judgeService(resource: Resource<'Service'>, { registry, pods }: Inventory): readonly Diagnostic[] {
  const { name, namespace, spec } = resource;
  if (!spec.selector?.size || pods.select(spec.selector, namespace).length > 0) return [];
  const service = registry.find(`${name}.${namespace}.svc.cluster.local`);
  if (service?.resource !== resource) return [];
  const message = `${service.host} selects workloads that do not exist`;
  return [finding('WFT0202', resource, ['spec', 'selector'], message, 'add a Deployment with these labels')];
}

/** Only of services that something runs behind: the others have said so already. */
function judgeSubsets(rule: Resource<'DestinationRule'>, { target, pods }: Inventory): readonly Diagnostic[] {
  const { selector, namespace } = target(rule).service ?? {};
  if (!selector) return [];
  const behind = pods.select(selector, namespace);
  if (behind.length === 0) return [];
  return rule.spec.subsets.flatMap(({ name, labels }, index) => {
    if (behind.some((pod) => carries(pod, labels))) return [];
    // A label of the subset may replace one of the service.
    if (pods.select(new Map([...selector, ...(labels ?? [])]), namespace).length > 0) return [];
    const message = `The Subset ${name} defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).`;
    const remedy = 'add a Deployment with these labels, or remove the subset';
    return [finding('IST0173', rule, ['spec', 'subsets', index], message, remedy)];
  });
}
