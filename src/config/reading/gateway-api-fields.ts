import type { Kind } from '../resource/kinds.ts';
import { scalarText } from './scalar-text.ts';
import { notApplied, type UnsupportedField } from './unsupported-field.ts';

const LISTENERS: readonly UnsupportedField[] = (['KubernetesGateway', 'ListenerSet'] as const).flatMap(
  (kind) => [
    {
      kind,
      path: 'spec.listeners[].tls.certificateRefs',
      code: 'WFT0201',
      effect: 'clients are shown the first certificate that can be used',
      when: (value) => Array.isArray(value) && value.length > 1,
    },
    {
      kind,
      path: 'spec.listeners[].protocol',
      code: 'WFT0205',
      effect: 'the gateway on Workers opens no such port and does not answer for this host',
      remedy: 'let the platform end TLS in front of an HTTP listener, or run a self-hosted gateway',
      when: (value) => /^(?:HTTPS|TLS|TCP)$/.test(scalarText(value)),
    },
    {
      kind,
      path: 'spec.listeners[].protocol',
      code: 'WFT0201',
      effect: 'the listener is not opened; HTTP, HTTPS, TLS and TCP are spoken',
      when: (value) => !/^(?:HTTP|HTTPS|TLS|TCP)$/.test(scalarText(value)),
    },
  ],
);

/** Filters of a sole backend that are taken for the rule's. */
const SOLE: ReadonlySet<string> = new Set(['requestRedirect', 'urlRewrite']);

/** What a route asks for that is not done; a filter that keeps somebody out refuses the route. */
function routeFields(kind: Kind, filters: readonly string[]): readonly UnsupportedField[] {
  return [
    ...notApplied(kind, 'spec', { useDefaultGateways: 'routes are attached by parentRefs only' }),
    ...notApplied(kind, 'spec.rules[]', {
      sessionPersistence: 'requests of a session are balanced like others',
      'filters[].extensionRef': 'the filter is unknown, and the rule answers 500',
    }),
    ...notApplied(
      kind,
      'spec.rules[].backendRefs[].filters[]',
      Object.fromEntries(
        filters.map((name) => [
          name,
          SOLE.has(name)
            ? 'it is only where the backend is the sole one of its rule'
            : 'no such filter of one backend is',
        ]),
      ),
    ),
  ];
}

const EXTERNAL_AUTH: readonly UnsupportedField[] = ['spec.rules[]', 'spec.rules[].backendRefs[]'].map(
  (at) => ({
    kind: 'HTTPRoute',
    path: `${at}.filters[].externalAuth`,
    code: 'WFT0301',
    effect: 'external authorizers are not called',
    remedy: 'use an AuthorizationPolicy',
  }),
);

/**
 * One gateway serves all Gateways: policies are attached to one of them by its name alone, and mutual TLS of clients
 * is none of the edge's.
 */
const GATEWAY_POLICIES: readonly UnsupportedField[] = (
  ['AuthorizationPolicy', 'RequestAuthentication', 'PeerAuthentication', 'RateLimit'] as const
).map((kind) => ({
  kind,
  path: 'spec.selector.matchLabels',
  code: 'WFT0301',
  effect: 'policies are attached to a Gateway by its name alone, so nobody would be kept out',
  remedy: 'attach it by targetRefs, or select the ingress gateway in istio-system: istio: ingressgateway',
  when: (labels) =>
    typeof labels === 'object' &&
    labels !== null &&
    Object.hasOwn(labels, 'gateway.networking.k8s.io/gateway-name') &&
    (kind === 'PeerAuthentication' || Object.keys(labels).length > 1),
}));

/** The fields of the Gateway API's kinds that are not acted on, or that are refused. */
export const gatewayApiFields: readonly UnsupportedField[] = [
  ...notApplied('GatewayClass', 'spec', { parametersRef: 'a class has no parameters here' }),
  ...LISTENERS,
  ...notApplied('KubernetesGateway', 'spec', {
    addresses: 'the gateway listens where it is deployed',
    infrastructure: 'nothing is created for a Gateway',
    defaultScope: 'routes are attached by parentRefs only',
    'tls.backend': 'no TLS is made to backends outside the mesh',
  }),
  ...['default', 'perPort[].tls'].map(
    (at): UnsupportedField => ({
      kind: 'KubernetesGateway',
      path: `spec.tls.frontend.${at}.validation.mode`,
      code: 'WFT0201',
      effect: 'its listeners are not opened, because their clients would not be verified',
      when: (value) => value === 'AllowInsecureFallback',
    }),
  ),
  ...['default', 'perPort[].tls'].map(
    (at): UnsupportedField => ({
      kind: 'KubernetesGateway',
      path: `spec.tls.frontend.${at}.validation.caCertificateRefs`,
      code: 'WFT0201',
      effect: 'its listeners are not opened; clients are verified by one ConfigMap or Secret',
      when: (value) => Array.isArray(value) && value.length > 1,
    }),
  ),
  ...routeFields('HTTPRoute', ['requestMirror', 'requestRedirect', 'urlRewrite', 'cors', 'extensionRef']),
  ...EXTERNAL_AUTH,
  ...GATEWAY_POLICIES,
  ...routeFields('GRPCRoute', ['requestMirror', 'extensionRef']),
  ...(['TLSRoute', 'TCPRoute'] as const).flatMap((kind): readonly UnsupportedField[] => [
    ...notApplied(kind, 'spec', { useDefaultGateways: 'routes are attached by parentRefs only' }),
    {
      kind,
      path: 'spec.parentRefs[].kind',
      code: 'WFT0201',
      effect: 'connections inside the mesh go to the service that they name',
      when: (value) => value === 'Service',
    },
  ]),
  ...notApplied('UDPRoute', '', { spec: 'no UDP is forwarded' }),
  {
    kind: 'BackendTLSPolicy',
    path: 'spec.validation.subjectAltNames[].uri',
    code: 'WFT0204',
    effect: 'servers are known by their host names; the gateway answers requests to these ports with 500',
    when: (value) => scalarText(value) !== '',
  },
];
