import type { Document } from './conversion.ts';

/** The ReferenceGrants that HTTPRoutes need for backends in other namespaces: none is asked of VirtualServices. */
export function referenceGrants(documents: readonly Document[]): readonly Document[] {
  const pairs = new Map<string, readonly [from: string, to: string, kind: string]>();
  for (const { kind, metadata, spec } of documents) {
    const from = String(Object(metadata).namespace);
    for (const to of namespacesIn(spec))
      if (to !== from) pairs.set(`${kind} ${from} ${to}`, [from, to, String(kind)]);
  }
  return [...pairs.values()]
    .filter(([, , kind]) => kind.endsWith('Route'))
    .map(([from, to, kind]) => ({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: `${kind.toLowerCase()}-${from}`, namespace: to },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind, namespace: from }],
        to: [{ group: '', kind: 'Service' }],
      },
    }));
}

/** Namespaces of the backends of a route's rules, mirrors included. */
function namespacesIn(spec: unknown): ReadonlySet<string> {
  const { rules = [] } = Object(spec) as { readonly rules?: readonly Document[] };
  const found = rules.flatMap((rule) => {
    const filters = (rule.filters ?? []) as readonly Document[];
    const mirrored = filters.map((filter) => Object(Object(filter.requestMirror).backendRef).namespace);
    const backends = ((rule.backendRefs ?? []) as readonly Document[]).map(({ namespace }) => namespace);
    return [...mirrored, ...backends];
  });
  return new Set(found.filter((one): one is string => typeof one === 'string'));
}
