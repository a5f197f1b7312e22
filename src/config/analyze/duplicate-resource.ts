import type { Resource } from '../resource/resource.ts';
import { finding, resourceName } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0108: one resource is written twice; which one was meant cannot be told. */
export const duplicateResource: AnalysisRule = ({ all }) => {
  // By kind, then namespace, then name: texts that are there already, where one for each resource would be built.
  const kinds = new Map<string, Map<string, Map<string, Resource>>>();
  return all.flatMap((resource) => {
    const names = within(within(kinds, resource.kind), resource.namespace);
    const earlier = names.get(resource.name);
    if (earlier === undefined) {
      names.set(resource.name, resource);
      return [];
    }
    const name = resourceName(resource);
    const { file, line } = earlier.origin.at([]);
    const message = `${name} is already defined at ${file}:${line}`;
    return [finding('WFT0108', resource, ['metadata', 'name'], message, 'remove one of them')];
  });
};

function within<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const known = maps.get(key);
  if (known) return known;
  const made = new Map<string, V>();
  maps.set(key, made);
  return made;
}
