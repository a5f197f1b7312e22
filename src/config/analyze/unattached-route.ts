import type { AnyRoute } from '../compile/gateway-api/attachment.ts';
import { isManaged } from '../compile/gateway-api/managed-gateway.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { GATEWAY_GROUP } from '../gateway-api/reference.ts';
import type { Resource } from '../resource/resource.ts';
import { type Condition, isTrue } from '../status/condition.ts';
import { boundListeners } from '../status/gateway-status.ts';
import { allRoutes } from '../status/listener-status.ts';
import { policyStatus } from '../status/policy-status.ts';
import { routeStatus } from '../status/route-status.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0211: a route, listener or policy of the Gateway API that its parent does not take, as its status says. */
export const unattachedRoute: AnalysisRule = ({ resources }) => [
  ...allRoutes(resources).flatMap((route) => [
    ...lostParents(route, resources),
    ...refusals(route, resources),
  ]),
  ...resources
    .of('KubernetesGateway')
    .filter((gateway) => isManaged(gateway, resources))
    .flatMap((gateway) => closedListeners(gateway, resources)),
  ...resources.of('BackendTLSPolicy').flatMap((policy) => refusedPolicy(policy, resources)),
];

/** In words, with what to do. */
const REASONS: ReadonlyMap<string, readonly [message: string, remedy: string]> = new Map([
  ['NoMatchingParent', ['it has no such listener, port or Service', 'correct sectionName and port']],
  [
    'NotAllowedByListeners',
    ['its listeners take no routes of this kind and namespace', 'widen allowedRoutes of a listener'],
  ],
  [
    'NoMatchingListenerHostname',
    ['no listener has a hostname that meets those of the route', 'correct hostnames'],
  ],
  ['UnsupportedProtocol', ['its protocol is not spoken', 'use HTTP, HTTPS, TLS or TCP']],
  ['ProtocolConflict', ['an earlier listener speaks another protocol on the port', 'use another port']],
  ['HostnameConflict', ['an earlier listener has the port and hostname', 'use another hostname or port']],
  ['InvalidRouteKinds', ['allowedRoutes.kinds names kinds that its protocol has not', 'correct the kinds']],
  ['InvalidCertificateRef', ['a certificateRef is no Secret with tls.crt and tls.key', 'apply that Secret']],
  ['RefNotPermitted', ['a reference to another namespace is not granted', 'add a ReferenceGrant there']],
  ['Conflicted', ['an older policy is for the same port', 'keep one of them']],
  ['NoValidCACertificate', ['no caCertificateRef is a ConfigMap with ca.crt', 'apply that ConfigMap']],
]);

/** Parents that are written nowhere: most likely their name is wrong. */
function lostParents(route: AnyRoute, resources: ResourceSet): Diagnostic[] {
  const known = [...resources.of('KubernetesGateway'), ...resources.of('ListenerSet')];
  return route.spec.parentRefs.flatMap((ref, i) => {
    if (ref.group !== GATEWAY_GROUP) return [];
    const namespace = ref.namespace ?? route.namespace;
    if (known.some((one) => one.name === ref.name && one.namespace === namespace)) return [];
    const message = `there is no ${ref.kind} ${namespace}/${ref.name}, so the route is not attached to it`;
    return [
      finding('WFT0211', route, ['spec', 'parentRefs', i, 'name'], message, `add ${ref.kind} ${ref.name}`),
    ];
  });
}

function refusals(route: AnyRoute, resources: ResourceSet): Diagnostic[] {
  return routeStatus(route, resources).parents.flatMap(({ parentRef, conditions }) => {
    const path = ['spec', 'parentRefs', route.spec.parentRefs.indexOf(parentRef)];
    return said(
      `${parentRef.kind} ${parentRef.name} does not take the route`,
      'Accepted',
      conditions,
      route,
      path,
    );
  });
}

function closedListeners(gateway: Resource<'KubernetesGateway'>, resources: ResourceSet): Diagnostic[] {
  return boundListeners(gateway, resources).flatMap(({ bound, status }) =>
    (['Accepted', 'ResolvedRefs'] as const).flatMap((type) =>
      said(`listener ${status.name} is not opened`, type, status.conditions, bound.owner, [
        'spec',
        'listeners',
        bound.index,
      ]),
    ),
  );
}

function refusedPolicy(policy: Resource<'BackendTLSPolicy'>, resources: ResourceSet): Diagnostic[] {
  const [ancestor] = policyStatus(policy, resources).ancestors;
  return said('the policy is not taken', 'Accepted', ancestor?.conditions ?? [], policy, ['spec']);
}

function said(
  what: string,
  type: Condition['type'],
  conditions: readonly Condition[],
  owner: Resource,
  path: readonly (string | number)[],
): Diagnostic[] {
  const failed = conditions.find((one) => one.type === type);
  if (failed === undefined || isTrue(conditions, type)) return [];
  const [message = failed.reason, remedy] = REASONS.get(failed.reason) ?? [];
  return [finding('WFT0211', owner, path, `${what}: ${message} (${failed.reason})`, remedy)];
}
