import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** IST0101: an AuthorizationPolicy names source namespaces that do not exist (`a`, `a*`, `*a`, `*`). */
export const policyNamespace: AnalysisRule = (inventory) => {
  let namespaces: readonly string[] | undefined;
  return {
    AuthorizationPolicy: (policy) =>
      policy.spec.rules.flatMap(({ from = [] }, rule) =>
        from.flatMap(({ source }, index) =>
          (['namespaces', 'notNamespaces'] as const).flatMap((field) =>
            (source?.[field] ?? []).flatMap((pattern, at) => {
              namespaces ??= namespacesOf(inventory);
              const known = namespaces;
              if (known.some((name) => matches(name, pattern))) return [];
              const path = ['spec', 'rules', rule, 'from', index, 'source', field, at];
              const message = `Referenced namespace not found: "${pattern}"`;
              return [
                finding('IST0101', policy, path, message, `namespaces are ${known.slice(0, 8).join(', ')}`),
              ];
            }),
          ),
        ),
      ),
  };
};

/** Declared ones, and those that something runs or is written in. */
function namespacesOf({ all, resources, pods, mesh }: Inventory): string[] {
  const names = [
    ...resources.of('Namespace').map(({ name }) => name),
    ...pods.all.map(({ namespace }) => namespace),
    ...all.filter(isPopulating).map(({ namespace }) => namespace),
    mesh.rootNamespace,
  ];
  return [...new Set(names)].sort();
}

/** A policy for a namespace does not make it exist. */
function isPopulating({ kind }: Resource): boolean {
  return kind === 'Service' || kind === 'ServiceAccount' || kind === 'ServiceEntry';
}

function matches(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
