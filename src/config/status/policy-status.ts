import { attachments } from '../compile/gateway-api/attachment.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { GATEWAY_GROUP } from '../gateway-api/reference.ts';
import type { Resource } from '../resource/resource.ts';
import { bundleProblem } from './certificate-reference.ts';
import { type Condition, fails, holds } from './condition.ts';
import { allRoutes } from './listener-status.ts';
import { backendsOf, CONTROLLER } from './route-status.ts';

/** Status of a BackendTLSPolicy: one entry for each Gateway that leads to what it is for. */
export interface PolicyStatus {
  readonly ancestors: readonly AncestorStatus[];
}

/** status.ancestors[]. */
export interface AncestorStatus {
  readonly ancestorRef: {
    readonly group: string;
    readonly kind: 'Gateway';
    readonly namespace: string;
    readonly name: string;
  };
  readonly controllerName: typeof CONTROLLER;
  readonly conditions: readonly Condition[];
}

type Policy = Resource<'BackendTLSPolicy'>;

/** The status of a policy. */
export function policyStatus(policy: Policy, resources: ResourceSet): PolicyStatus {
  const conditions = conditionsOf(policy, resources);
  return {
    ancestors: gatewaysTo(policy, resources).map(({ namespace, name }) => ({
      ancestorRef: { group: GATEWAY_GROUP, kind: 'Gateway', namespace, name },
      controllerName: CONTROLLER,
      conditions,
    })),
  };
}

function gatewaysTo(policy: Policy, resources: ResourceSet): readonly Resource<'KubernetesGateway'>[] {
  const leading = allRoutes(resources).filter((route) =>
    backendsOf(route).some(
      ({ group, kind, name, namespace = route.namespace }) =>
        namespace === policy.namespace &&
        policy.spec.targetRefs.some((ref) => ref.group === group && ref.kind === kind && ref.name === name),
    ),
  );
  const attached = leading.flatMap((route) => attachments(route, resources));
  return [...new Set(attached.flatMap(({ listeners }) => listeners.map(({ gateway }) => gateway)))];
}

const NOT_MADE = 'valid; TLS to backends outside the mesh is not made, and the gateway answers with 500';

function conditionsOf(policy: Policy, resources: ResourceSet): readonly Condition[] {
  const { caCertificateRefs: refs } = policy.spec.validation;
  const problems = refs.map((ref) => bundleProblem(ref, policy.namespace, resources));
  const problem = problems.find((one) => one !== undefined);
  const resolved = problem ? fails('ResolvedRefs', problem) : holds('ResolvedRefs');
  if (isConflicted(policy, resources)) return [fails('Accepted', 'Conflicted'), resolved];
  const none = refs.length > 0 && problems.every((one) => one !== undefined);
  return [none ? fails('Accepted', 'NoValidCACertificate') : holds('Accepted', NOT_MADE), resolved];
}

/** Of policies for one place the oldest stands, then the first by name. */
function isConflicted(policy: Policy, resources: ResourceSet): boolean {
  const age = ({ created = Number.MAX_SAFE_INTEGER }: Policy) => created;
  return resources
    .of('BackendTLSPolicy')
    .filter((other) => other !== policy && other.namespace === policy.namespace && overlap(policy, other))
    .some((other) => age(other) < age(policy) || (age(other) === age(policy) && other.name < policy.name));
}

function overlap(a: Policy, b: Policy): boolean {
  return a.spec.targetRefs.some((x) =>
    b.spec.targetRefs.some(
      (y) => x.group === y.group && x.kind === y.kind && x.name === y.name && x.sectionName === y.sectionName,
    ),
  );
}
