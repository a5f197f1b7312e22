import { backendTlsPolicy } from './backend-tls-policy.ts';
import { kubernetesGateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { kubernetesHttpRoute } from './http-route.ts';
import { anyHostTlsRoute, kubernetesTlsRoute, l4Route } from './l4-route.ts';
import { listenerSet } from './listener-set.ts';
import { GATEWAY_GROUP } from './reference.ts';
import { referenceGrant } from './reference-grant.ts';

const [V1, V1BETA1, V1ALPHA2, V1ALPHA3] = [
  `${GATEWAY_GROUP}/v1`,
  `${GATEWAY_GROUP}/v1beta1`,
  `${GATEWAY_GROUP}/v1alpha2`,
  `${GATEWAY_GROUP}/v1alpha3`,
] as const;

/** Every kind of the Gateway API that is read. Its Gateway has the name of Istio's, and goes by another here. */
export const GATEWAY_API_KINDS = {
  GatewayClass: {
    apiVersions: [V1, V1BETA1],
    schema: gatewayClass,
    plural: 'gatewayclasses',
    specRequired: true,
  },
  KubernetesGateway: {
    apiVersions: [V1, V1BETA1],
    schema: kubernetesGateway,
    plural: `gateways.${GATEWAY_GROUP}`,
    written: 'Gateway',
    specRequired: true,
  },
  ListenerSet: { apiVersions: [V1], schema: listenerSet, plural: 'listenersets', specRequired: true },
  HTTPRoute: {
    apiVersions: [V1, V1BETA1],
    schema: kubernetesHttpRoute,
    plural: 'httproutes',
    specRequired: true,
  },
  GRPCRoute: { apiVersions: [V1, V1ALPHA2], schema: grpcRoute, plural: 'grpcroutes' },
  TLSRoute: {
    apiVersions: [V1, V1ALPHA3, V1ALPHA2],
    schema: kubernetesTlsRoute,
    earlier: { apiVersion: V1ALPHA2, schema: anyHostTlsRoute },
    plural: 'tlsroutes',
    specRequired: true,
  },
  TCPRoute: { apiVersions: [V1, V1ALPHA2], schema: l4Route, plural: 'tcproutes', specRequired: true },
  UDPRoute: { apiVersions: [V1, V1ALPHA2], schema: l4Route, plural: 'udproutes', specRequired: true },
  ReferenceGrant: { apiVersions: [V1, V1BETA1], schema: referenceGrant, plural: 'referencegrants' },
  BackendTLSPolicy: {
    apiVersions: [V1, V1ALPHA3],
    schema: backendTlsPolicy,
    plural: 'backendtlspolicies',
    specRequired: true,
  },
} as const;
