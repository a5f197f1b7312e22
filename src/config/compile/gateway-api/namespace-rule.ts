import { isSelected, type KubernetesSelector } from '../../gateway-api/label-selector.ts';
import { byName } from '../by-name.ts';
import type { ResourceSet } from '../resource-set.ts';

/** From which namespaces something may be attached. */
export interface NamespaceRule {
  readonly from: 'All' | 'Selector' | 'Same' | 'None';
  readonly selector?: KubernetesSelector | undefined;
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Whether the rule of something in namespace `own` lets in what is in namespace `other`. */
export function letsIn(
  { from, selector }: NamespaceRule,
  own: string,
  other: string,
  resources: ResourceSet,
): boolean {
  if (from === 'All') return true;
  if (from === 'Same') return own === other;
  if (from === 'None' || selector === undefined) return false;
  const labels = byName('Namespace', '', other, resources)?.labels ?? new Map();
  return isSelected(selector, new Map([[NAME_LABEL, other], ...labels]));
}
