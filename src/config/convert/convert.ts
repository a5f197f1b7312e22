import { compile } from '../compile/compile.ts';
import type { MeshSettings } from '../compile/mesh-settings.ts';
import { ingressGateway } from '../compile/targets.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { type Converted, conversionOf } from './conversion.ts';
import { gatewayApiDocuments } from './to-gateway-api.ts';
import { istioDocuments } from './to-istio.ts';

/** The two ways to write what a gateway serves. */
export type Form = 'istio' | 'gateway-api';

/** Converted documents, and the resources that are the same in both forms. */
export interface ConvertedResources extends Converted {
  readonly kept: readonly Resource[];
}

const GATEWAY_API: ReadonlySet<Kind> = new Set<Kind>([
  'GatewayClass',
  'KubernetesGateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
  'ReferenceGrant',
  'BackendTLSPolicy',
]);
const ISTIO: ReadonlySet<Kind> = new Set<Kind>(['Gateway', 'VirtualService']);

/**
 * Writes what the ingress gateway serves in the other form: from what the resources compile to, so that both decide
 * alike. What has no counterpart is said by name, and nothing of a host is converted in part.
 */
export function convert(resources: readonly Resource[], to: Form, mesh: MeshSettings): ConvertedResources {
  const [from, other] = to === 'istio' ? [GATEWAY_API, ISTIO] : [ISTIO, GATEWAY_API];
  const compiled = compile(
    resources.filter(({ kind }) => !other.has(kind)),
    ingressGateway,
    mesh,
  );
  const conversion = conversionOf(compiled);
  const write = to === 'istio' ? istioDocuments : gatewayApiDocuments;
  const documents = write(conversion, ingressGateway);
  const kept = resources.filter((one) => !from.has(one.kind) || placesOf(one) === 'mesh');
  for (const resource of resources.filter((one) => from.has(one.kind) && placesOf(one) === 'both'))
    conversion.noteAt(resource, OF_THE_MESH);
  for (const policy of kept.filter(isForGateway))
    conversion.noteAt(policy, 'its targetRefs name a Gateway that has another name now: name the new one');
  return { documents, diagnostics: conversion.diagnostics, kept };
}

const OF_THE_MESH = 'its rules for calls inside the mesh are lost: write them as a resource of their own';

/** Whether a policy is attached to a Gateway or route by reference. */
function isForGateway({ spec }: Resource): boolean {
  const { targetRef, targetRefs } = Object(spec) as {
    readonly targetRef?: { readonly kind?: string };
    readonly targetRefs?: readonly { readonly kind?: string }[];
  };
  return [targetRef, ...(targetRefs ?? [])].some((ref) => /^(?:Gateway|\w+Route)$/.test(ref?.kind ?? ''));
}

/** Who follows a route: the gateway, sidecars, or both. Rules for sidecars stay as they are. */
function placesOf({ kind, spec }: Resource): 'gateway' | 'mesh' | 'both' {
  const { gateways, parentRefs } = Object(spec) as {
    readonly gateways?: readonly string[];
    readonly parentRefs?: readonly { readonly kind: string }[];
  };
  const named =
    kind === 'VirtualService' ? (gateways ?? ['mesh']) : (parentRefs ?? []).map((ref) => ref.kind);
  const inside = named.filter((name) => name === (kind === 'VirtualService' ? 'mesh' : 'Service'));
  if (inside.length === 0) return 'gateway';
  return inside.length === named.length ? 'mesh' : 'both';
}
