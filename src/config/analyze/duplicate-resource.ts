import type { Diagnostic } from '../diagnostic.ts';
import { KINDS } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { finding, resourceName } from './finding.ts';
import type { AnalysisRule, Visits } from './inventory.ts';

/** WFT0108: one resource is written twice; which one was meant cannot be told. */
export const duplicateResource: AnalysisRule = ({ all }) => {
  let last: Resource | undefined;
  const names = new Set<string>();
  let isUnique = true;
  // Those of one kind and namespace are shown one after the other.
  const visit = (resource: Resource): readonly Diagnostic[] => {
    const { kind, namespace, name } = resource;
    if (last?.kind !== kind || last.namespace !== namespace) names.clear();
    last = resource;
    if (names.has(name)) isUnique = false;
    names.add(name);
    return [];
  };
  const visits: Visits = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, visit]));
  return { ...visits, end: () => (isUnique ? [] : duplicates(all)) };
};

/** In the order given. */
function duplicates(all: readonly Resource[]): Diagnostic[] {
  const earliest = new Map<string, Resource>();
  return all.flatMap((resource) => {
    const name = resourceName(resource);
    const earlier = earliest.get(name);
    if (earlier === undefined) {
      earliest.set(name, resource);
      return [];
    }
    const { file, line } = earlier.origin.at([]);
    const message = `${name} is already defined at ${file}:${line}`;
    return [finding('WFT0108', resource, ['metadata', 'name'], message, 'remove one of them')];
  });
}
