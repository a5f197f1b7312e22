import type { Diagnostic } from '../diagnostic.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import type { AnalysisRule, Inventory, Visits } from './inventory.ts';

/**
 * What the rules find, in their order. Namespaces are walked one after the other, and each resource is shown to all
 * the rules that visit its kind before the next is looked at: what resources refer to is mostly in their namespace,
 * and a mesh that no processor cache holds is then fetched from memory once, not once for each rule.
 */
export function runRules(rules: readonly AnalysisRule[], inventory: Inventory): Diagnostic[] {
  const visitors = new Map<Kind, Visitor[]>();
  const found = rules.map((rule) => {
    const result = rule(inventory);
    return Array.isArray(result) ? { found: [result] } : enlist(result, visitors);
  });
  for (const namespace of inventory.resources.namespaces) visit(namespace, visitors, inventory);
  return found.flatMap(({ found, end }) => [...found.flat(), ...(end?.() ?? [])]);
}

interface Visitor {
  readonly visit: (resource: Resource) => readonly Diagnostic[];
  readonly found: Diagnostic[];
}

interface Findings {
  /** In the order of the rule's kinds. */
  readonly found: readonly Diagnostic[][];
  readonly end?: Visits['end'];
}

/** Where the findings of a rule will be. */
function enlist({ end, ...visits }: Visits, visitors: Map<Kind, Visitor[]>): Findings {
  const found = Object.entries(visits).map(([kind, visit]) => {
    // A visit is asked only of resources of its kind.
    const visitor = { visit: visit as Visitor['visit'], found: [] };
    const known = visitors.get(kind as Kind);
    if (known) known.push(visitor);
    else visitors.set(kind as Kind, [visitor]);
    return visitor.found;
  });
  return { found, end };
}

function visit(
  namespace: string,
  visitors: ReadonlyMap<Kind, readonly Visitor[]>,
  { resources }: Inventory,
): void {
  for (const [kind, asked] of visitors) {
    for (const resource of resources.in(kind, namespace)) {
      for (const { visit, found } of asked) for (const one of visit(resource)) found.push(one);
    }
  }
}
