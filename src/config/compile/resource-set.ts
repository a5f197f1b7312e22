import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { groupBy } from './group-by.ts';

/** Resources by kind, oldest first. */
export interface ResourceSet {
  of<K extends Kind>(kind: K): readonly Resource<K>[];
  /** Those of one namespace. */
  in<K extends Kind>(kind: K, namespace: string): readonly Resource<K>[];
}

/**
 * Sorts by metadata.creationTimestamp; of one instant by name, then namespace. Resources without one come last, in the
 * order given.
 */
export function resourceSet(resources: readonly Resource[]): ResourceSet {
  const oldestFirst = [...resources].sort((a, b) => age(a) - age(b) || byName(a, b));
  const byKind = groupBy(oldestFirst, ({ kind }) => kind);
  const byPlace = groupBy(oldestFirst, ({ kind, namespace }) => `${kind}/${namespace}`);
  return {
    of: <K extends Kind>(kind: K) => (byKind.get(kind) ?? []) as unknown as readonly Resource<K>[],
    in: <K extends Kind>(kind: K, namespace: string) =>
      (byPlace.get(`${kind}/${namespace}`) ?? []) as unknown as readonly Resource<K>[],
  };
}

function age(resource: Resource): number {
  return resource.created ?? Number.MAX_SAFE_INTEGER;
}

/** Resources that were not created anywhere have the order of their files. */
function byName(a: Resource, b: Resource): number {
  if (a.created === undefined) return 0;
  return compared(a.name, b.name) || compared(a.namespace, b.namespace);
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
