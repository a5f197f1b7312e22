import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

const SYSTEM = new Set([
  'istio-system',
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);
const ENABLED = 'istio-injection';
const REVISION = 'istio.io/rev';
const MODE = 'istio.io/dataplane-mode';
const INJECT = 'sidecar.istio.io/inject';

/** IST0102, IST0123: a namespace that Istio does not inject into, or is told to in two ways. */
export const namespaceInjection: AnalysisRule = ({ resources }) =>
  resources
    .of('Namespace')
    .filter(({ name }) => !SYSTEM.has(name))
    .flatMap((namespace) => {
      const { labels, name } = namespace;
      if (labels.get(ENABLED) === 'disabled') return [];
      const set = [ENABLED, REVISION, MODE].filter((key) => labels.has(key));
      if (set.length > 1) {
        const message = `The namespace has more than one type of injection labels [${set.join(' ')}], which may lead to undefined behavior. Make sure only one injection label exists.`;
        return [finding('IST0123', namespace, ['metadata', 'labels'], message)];
      }
      if (set.length === 1) return [];
      const message = `The namespace is not enabled for Istio injection. Run 'kubectl label namespace ${name} istio-injection=enabled' to enable it, or 'kubectl label namespace ${name} istio-injection=disabled' to explicitly mark it as not needing injection.`;
      return [finding('IST0102', namespace, ['metadata', 'name'], message)];
    });

/** IST0103: a Pod of an injected namespace has no proxy and has not declined one. */
export const podInjection: AnalysisRule = ({ resources }) => {
  const injected = new Set(
    resources
      .of('Namespace')
      .filter(({ labels }) => labels.get(ENABLED) === 'enabled' && !labels.has(REVISION) && !labels.has(MODE))
      .map(({ name }) => name),
  );
  return resources
    .of('Pod')
    .filter((pod) => injected.has(pod.namespace) && !declines(pod) && !hasProxy(pod))
    .map((pod) => {
      const message = `The pod ${pod.namespace}/${pod.name} is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.`;
      return finding('IST0103', pod, ['metadata', 'name'], message);
    });
};

/** The label counts before the annotation. */
function declines({ labels, annotations, spec }: Resource<'Pod'>): boolean {
  return (labels.get(INJECT) ?? annotations.get(INJECT)) === 'false' || spec.hostNetwork === true;
}

function hasProxy({ spec }: Resource<'Pod'>): boolean {
  const init: unknown[] = Array.isArray(spec.initContainers) ? spec.initContainers : [];
  return [...spec.containers, ...init].some(
    (container) =>
      typeof container === 'object' && container !== null && Reflect.get(container, 'name') === 'istio-proxy',
  );
}
