import type { Resource } from '../resource/resource.ts';
import { mergeMatches } from './delegate-match.ts';
import type { Scope } from './scope.ts';
import type { HttpRule } from './spec-parts.ts';
import { visibleFrom } from './visibility.ts';

/** An http rule, and the VirtualService and place where it is written. */
export interface PlacedRule {
  readonly rule: HttpRule;
  readonly owner: Resource<'VirtualService'>;
  readonly index: number;
}

/** The http rules of a VirtualService, with those of its delegates in the place of the rules that delegate. */
export function placedRules(owner: Resource<'VirtualService'>, scope: Scope): PlacedRule[] {
  return owner.spec.http.flatMap((rule, index): PlacedRule[] =>
    rule.delegate ? delegatedRules(rule, index, owner, scope) : [{ rule, owner, index }],
  );
}

/** There is one level: reading refuses a delegate that delegates further. */
function delegatedRules(
  root: HttpRule,
  index: number,
  owner: Resource<'VirtualService'>,
  scope: Scope,
): PlacedRule[] {
  const delegate = delegateOf(root, owner, scope);
  if (delegate === undefined) {
    const { name = '', namespace = owner.namespace } = root.delegate ?? {};
    const message = `The rule is left out: there is no VirtualService ${namespace}/${name} without hosts that ${owner.namespace} may use.`;
    scope.report.add('WFT0210', owner, ['spec', 'http', index, 'delegate'], message);
    return [];
  }
  return delegate.spec.http.flatMap((own, at) => {
    const matches = mergeMatches(
      { matches: root.match, namespace: owner.namespace },
      { matches: own.match, namespace: delegate.namespace },
    );
    if (matches !== undefined) return [{ rule: mergeRules(root, own, matches), owner: delegate, index: at }];
    const message = `The rule is left out: it wants what spec.http[${index}] of ${owner.namespace}/${owner.name} excludes.`;
    scope.report.add('WFT0210', delegate, ['spec', 'http', at], message);
    return [];
  });
}

/** VirtualServices without hosts are what can be delegated to, as far as they are exported. */
function delegateOf(
  { delegate }: HttpRule,
  owner: Resource<'VirtualService'>,
  { resources }: Scope,
): Resource<'VirtualService'> | undefined {
  const namespace = delegate?.namespace || owner.namespace;
  return resources
    .in('VirtualService', namespace)
    .find(
      ({ name, spec }) =>
        name === delegate?.name &&
        spec.hosts.length === 0 &&
        visibleFrom(owner.namespace, namespace, spec.exportTo),
    );
}

/** Each field is the delegate's where it is written, else the root's. */
function mergeRules(root: HttpRule, own: HttpRule, match: HttpRule['match']): HttpRule {
  const { delegate: _, match: __, route: ___, mirrors, ...rest } = root;
  const written = Object.entries(own).filter(([, value]) => value !== undefined);
  const name = [root.name, own.name].filter(Boolean).join('-');
  return {
    ...rest,
    ...(Object.fromEntries(written) as HttpRule),
    ...(name !== '' && { name }),
    match,
    mirrors: own.mirrors.length > 0 ? own.mirrors : mirrors,
  };
}
