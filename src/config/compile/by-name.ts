import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import type { ResourceSet } from './resource-set.ts';

const indexes = new WeakMap<ResourceSet, Map<Kind, ReadonlyMap<string, Resource>>>();

/** The resource of that kind, namespace and name; of two the oldest. Indexed once for a set, which never changes. */
export function byName<K extends Kind>(
  kind: K,
  namespace: string,
  name: string,
  resources: ResourceSet,
): Resource<K> | undefined {
  const kinds = indexes.get(resources) ?? new Map<Kind, ReadonlyMap<string, Resource>>();
  indexes.set(resources, kinds);
  let index = kinds.get(kind);
  if (index === undefined) {
    index = new Map([...resources.of(kind)].reverse().map((one) => [`${one.namespace}/${one.name}`, one]));
    kinds.set(kind, index);
  }
  return index.get(`${namespace}/${name}`) as Resource<K> | undefined;
}
