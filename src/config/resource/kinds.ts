import type * as z from 'zod';
import { authorizationPolicy } from './authorization-policy.ts';
import { deployment } from './deployment.ts';
import { destinationRule } from './destination-rule.ts';
import { gateway } from './gateway.ts';
import { namespace } from './namespace.ts';
import { peerAuthentication } from './peer-authentication.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { serviceEntry } from './service-entry.ts';
import { virtualService } from './virtual-service.ts';

/** The kinds that are compiled. `Gateway` is networking.istio.io's. */
export type Kind = keyof typeof KINDS;

/** The validated spec of a kind. Kinds without a `spec` (Namespace, ServiceAccount) have an empty one. */
export type SpecOf<K extends Kind> = { readonly [P in K]: z.output<(typeof KINDS)[P]['schema']> }[K];

/** What is known of a kind. */
export interface KindEntry {
  readonly apiVersions: readonly string[];
  /** Of `spec`. */
  readonly schema: z.ZodType;
  /** Lower case, as in resource URLs. */
  readonly plural: string;
}

const NETWORKING = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'];
const SECURITY = ['security.istio.io/v1', 'security.istio.io/v1beta1'];

/** Every kind that is compiled, with its schema. */
export const KINDS = {
  Gateway: { apiVersions: NETWORKING, schema: gateway, plural: 'gateways' },
  VirtualService: { apiVersions: NETWORKING, schema: virtualService, plural: 'virtualservices' },
  DestinationRule: { apiVersions: NETWORKING, schema: destinationRule, plural: 'destinationrules' },
  ServiceEntry: { apiVersions: NETWORKING, schema: serviceEntry, plural: 'serviceentries' },
  PeerAuthentication: { apiVersions: SECURITY, schema: peerAuthentication, plural: 'peerauthentications' },
  AuthorizationPolicy: {
    apiVersions: SECURITY,
    schema: authorizationPolicy,
    plural: 'authorizationpolicies',
  },
  Service: { apiVersions: ['v1'], schema: service, plural: 'services' },
  ServiceAccount: { apiVersions: ['v1'], schema: serviceAccount, plural: 'serviceaccounts' },
  Deployment: { apiVersions: ['apps/v1'], schema: deployment, plural: 'deployments' },
  Namespace: { apiVersions: ['v1'], schema: namespace, plural: 'namespaces' },
} as const satisfies Record<string, KindEntry>;

/** Whether a kind's name is one that is compiled. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}
