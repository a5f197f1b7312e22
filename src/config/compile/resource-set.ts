import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { groupBy } from './group-by.ts';

/** Resources by kind, oldest first. */
export interface ResourceSet {
  of<K extends Kind>(kind: K): readonly Resource<K>[];
  /** Those of one namespace. */
  in<K extends Kind>(kind: K, namespace: string): readonly Resource<K>[];
}

/** Sorts by metadata.creationTimestamp, then by the order given; resources without one come last. */
export function resourceSet(resources: readonly Resource[]): ResourceSet {
  const oldestFirst = [...resources].sort((a, b) => age(a) - age(b) || 0);
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
