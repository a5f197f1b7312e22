import type * as z from 'zod';
import { GATEWAY_API_KINDS } from '../gateway-api/kinds.ts';
import { authorizationPolicy } from './authorization-policy.ts';
import { deployment } from './deployment.ts';
import { destinationRule } from './destination-rule.ts';
import { endpointSlice } from './endpoint-slice.ts';
import { envoyFilter } from './envoy-filter.ts';
import { gateway } from './gateway.ts';
import { namespace } from './namespace.ts';
import { peerAuthentication } from './peer-authentication.ts';
import { pod } from './pod.ts';
import { proxyConfig } from './proxy-config.ts';
import { rateLimit } from './rate-limit.ts';
import { requestAuthentication } from './request-authentication.ts';
import { configMap, secret } from './secret.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { serviceEntry } from './service-entry.ts';
import { sidecar } from './sidecar.ts';
import { telemetry } from './telemetry.ts';
import { trafficExtension } from './traffic-extension.ts';
import { virtualService } from './virtual-service.ts';
import { wasmPlugin } from './wasm-plugin.ts';
import { workloadEntry } from './workload-entry.ts';
import { workloadGroup } from './workload-group.ts';

/** The kinds that are read. `Gateway` is networking.istio.io's; the Gateway API's is `KubernetesGateway`. */
export type Kind = keyof typeof KINDS;

/** The validated spec of a kind. Kinds without a `spec` (Namespace, ServiceAccount) have an empty one. */
export type SpecOf<K extends Kind> = { readonly [P in K]: z.output<(typeof KINDS)[P]['schema']> }[K];

/** What is known of a kind. */
export interface KindEntry {
  readonly apiVersions: readonly string[];
  /** Of `spec`, or of the fields beside apiVersion, kind and metadata where `body` says so. */
  readonly schema: z.ZodType;
  /** An early version with rules of its own; what it gives is the same. */
  readonly earlier?: { readonly apiVersion: string; readonly schema: z.ZodType };
  /** A kind that has no `spec`, but fields of its own. */
  readonly body?: 'resource';
  /** A kind whose `spec` must be written, if only as `{}`. */
  readonly specRequired?: true;
  /** Lower case, as in resource URLs. */
  readonly plural: string;
  /** What `kind` says in a document, where two API groups have a kind of one name. */
  readonly written?: string;
}

const NETWORKING = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];
const SECURITY = ['security.istio.io/v1', 'security.istio.io/v1beta1'];
const TELEMETRY = ['telemetry.istio.io/v1', 'telemetry.istio.io/v1alpha1'];
const EXTENSIONS = ['extensions.istio.io/v1alpha1'];

/** Every kind that is read, with its schema. */
export const KINDS = {
  Gateway: { apiVersions: NETWORKING, schema: gateway, plural: 'gateways' },
  VirtualService: { apiVersions: NETWORKING, schema: virtualService, plural: 'virtualservices' },
  DestinationRule: { apiVersions: NETWORKING, schema: destinationRule, plural: 'destinationrules' },
  ServiceEntry: {
    apiVersions: NETWORKING,
    schema: serviceEntry,
    plural: 'serviceentries',
    specRequired: true,
  },
  WorkloadEntry: {
    apiVersions: NETWORKING,
    schema: workloadEntry,
    plural: 'workloadentries',
    specRequired: true,
  },
  WorkloadGroup: {
    apiVersions: NETWORKING,
    schema: workloadGroup,
    plural: 'workloadgroups',
    specRequired: true,
  },
  Sidecar: { apiVersions: NETWORKING, schema: sidecar, plural: 'sidecars' },
  ProxyConfig: { apiVersions: ['networking.istio.io/v1beta1'], schema: proxyConfig, plural: 'proxyconfigs' },
  EnvoyFilter: { apiVersions: ['networking.istio.io/v1alpha3'], schema: envoyFilter, plural: 'envoyfilters' },
  PeerAuthentication: { apiVersions: SECURITY, schema: peerAuthentication, plural: 'peerauthentications' },
  RequestAuthentication: {
    apiVersions: SECURITY,
    schema: requestAuthentication,
    plural: 'requestauthentications',
  },
  AuthorizationPolicy: {
    apiVersions: SECURITY,
    schema: authorizationPolicy,
    plural: 'authorizationpolicies',
  },
  Telemetry: { apiVersions: TELEMETRY, schema: telemetry, plural: 'telemetries' },
  WasmPlugin: { apiVersions: EXTENSIONS, schema: wasmPlugin, plural: 'wasmplugins' },
  TrafficExtension: { apiVersions: EXTENSIONS, schema: trafficExtension, plural: 'trafficextensions' },
  RateLimit: { apiVersions: ['weft.dev/v1'], schema: rateLimit, plural: 'ratelimits', specRequired: true },
  Service: { apiVersions: ['v1'], schema: service, plural: 'services' },
  EndpointSlice: {
    apiVersions: ['discovery.k8s.io/v1'],
    schema: endpointSlice,
    plural: 'endpointslices',
    body: 'resource',
  },
  ServiceAccount: { apiVersions: ['v1'], schema: serviceAccount, plural: 'serviceaccounts' },
  Deployment: { apiVersions: ['apps/v1'], schema: deployment, plural: 'deployments' },
  Pod: { apiVersions: ['v1'], schema: pod, plural: 'pods' },
  Secret: { apiVersions: ['v1'], schema: secret, plural: 'secrets', body: 'resource' },
  ConfigMap: { apiVersions: ['v1'], schema: configMap, plural: 'configmaps', body: 'resource' },
  Namespace: { apiVersions: ['v1'], schema: namespace, plural: 'namespaces' },
  ...GATEWAY_API_KINDS,
} as const satisfies Record<string, KindEntry>;

/** What `kind` says in a document of this kind. */
export function writtenKind(kind: Kind): string {
  const { written }: KindEntry = KINDS[kind];
  return written ?? kind;
}

/** The kinds that are written so, in any API group: two of them for `Gateway`. */
export function kindsWritten(name: string): readonly Kind[] {
  return (Object.keys(KINDS) as Kind[]).filter((kind) => writtenKind(kind) === name);
}
