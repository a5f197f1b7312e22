import { labelPairs } from '../compile/labels.ts';
import { mtlsOf } from '../compile/peer-authentication.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';
import { carries, type RunningPod } from './running-pods.ts';

type Policy = Resource<'AuthorizationPolicy'>;
type Rule = Policy['spec']['rules'][number];

/**
 * WFT0503: an ALLOW whose every rule asks for what no request can have, on a workload where no other ALLOW
 * lets anybody in: an identity without mutual TLS, a token that no RequestAuthentication reads, a SPIFFE URI.
 */
export const impossibleAllow: AnalysisRule = (inventory) => {
  let allows: readonly Policy[] | undefined;
  const open = new Map<RunningPod, boolean>();
  return {
    AuthorizationPolicy: (policy) => {
      if (!isAllow(policy)) return [];
      const { rules, selector, targetRef, targetRefs } = policy.spec;
      if (rules.length === 0 || targetRef || targetRefs?.length) return [];
      const namespace = policy.namespace === inventory.mesh.rootNamespace ? undefined : policy.namespace;
      const pod = inventory.pods.select(selector?.matchLabels, namespace)[0];
      if (!pod) return [];
      const reasons = rules.map((rule) => whyNever(rule, pod, inventory));
      const [reason] = reasons;
      if (reason === undefined || reasons.includes(undefined)) return [];
      // A policy that gets here lets nobody in, so that asking all of them, once for a pod, asks the others.
      allows ??= inventory.resources.of('AuthorizationPolicy').filter(isAllow);
      const known = open.get(pod) ?? allows.some((other) => letsSomeoneIn(other, pod, inventory));
      open.set(pod, known);
      if (known) return [];
      return [report(policy, pod, reason)];
    },
  };
};

function report(policy: Policy, pod: RunningPod, [why, remedy]: Reason): Diagnostic {
  const message = `this ALLOW locks everybody out of ${pod.namespace}/${pod.name}: ${why}`;
  return finding('WFT0503', policy, ['spec', 'rules'], message, remedy);
}

function isAllow({ spec, annotations }: Policy): boolean {
  return spec.action === 'ALLOW' && annotations.get('istio.io/dry-run') !== 'true';
}

function letsSomeoneIn({ namespace, spec }: Policy, pod: RunningPod, inventory: Inventory): boolean {
  if (namespace !== pod.namespace && namespace !== inventory.mesh.rootNamespace) return false;
  if (!carries(pod, spec.selector?.matchLabels)) return false;
  return spec.rules.some((rule) => whyNever(rule, pod, inventory) === undefined);
}

type Reason = readonly [why: string, remedy: string];

function whyNever({ from, when }: Rule, pod: RunningPod, inventory: Inventory): Reason | undefined {
  const sources = (from ?? []).map(({ source }) => whyNobody(source, pod, inventory));
  if (sources.length > 0 && !sources.includes(undefined)) return sources[0];
  const claims = when?.some(({ key, values }) => key.startsWith('request.auth.') && values.length > 0);
  return claims && !readsTokens(pod, inventory) ? TOKENS : undefined;
}

const TOKENS: Reason = [
  'it asks for a token, and no RequestAuthentication reads tokens there',
  'add a RequestAuthentication for the workload',
];
const IDENTITY: Reason = [
  'it asks for a peer identity, and PeerAuthentication has mutual TLS disabled there',
  'use PERMISSIVE or STRICT, or allow by ipBlocks',
];

function whyNobody(source: Source, pod: RunningPod, inventory: Inventory): Reason | undefined {
  const { principals, namespaces, serviceAccounts, requestPrincipals } = source ?? {};
  if (requestPrincipals && !readsTokens(pod, inventory)) return TOKENS;
  if (principals?.every((name) => name.startsWith('spiffe://')))
    return [
      'principals are written without spiffe://, and no principal begins with it',
      'write cluster.local/ns/<namespace>/sa/<account>',
    ];
  return (principals || namespaces || serviceAccounts) && isPlaintext(pod, inventory) ? IDENTITY : undefined;
}

type Source = NonNullable<Rule['from']>[number]['source'];

function readsTokens(pod: RunningPod, { resources, mesh }: Inventory): boolean {
  return resources
    .of('RequestAuthentication')
    .some(
      ({ namespace, spec }) =>
        (namespace === pod.namespace || namespace === mesh.rootNamespace) &&
        carries(pod, spec.selector?.matchLabels),
    );
}

function isPlaintext({ namespace, labels }: RunningPod, { mesh, resources }: Inventory): boolean {
  return mtlsOf({ namespace, labels: labelPairs(labels) }, 0, mesh, resources).mode === 'DISABLE';
}
