import { alphaAnnotations, annotations } from './annotations.ts';
import { claimRouting } from './claim-routing.ts';
import { conflictingGateways } from './conflicting-gateways.ts';
import { destinationPort } from './destination-port.ts';
import { duplicateMeshHost } from './duplicate-mesh-host.ts';
import { duplicateResource } from './duplicate-resource.ts';
import { envoyPatch } from './envoy-patch.ts';
import { evadableDeny } from './evadable-deny.ts';
import { foreignHost } from './foreign-host.ts';
import { gatewayCredential, gatewayDuplicateCertificate } from './gateway-credential.ts';
import { gatewayHosts } from './gateway-hosts.ts';
import { gatewayPort, gatewayWorkload } from './gateway-workload.ts';
import { generatedGateway } from './generated-gateway.ts';
import { impossibleAllow } from './impossible-allow.ts';
import { ineffectiveSubset } from './ineffective-subset.ts';
import { namespaceInjection, podInjection } from './injection.ts';
import type { AnalysisRule } from './inventory.ts';
import { jwksBlocklist } from './jwks-blocklist.ts';
import { linearRoutes } from './linear-routes.ts';
import { loosePrefix } from './loose-prefix.ts';
import { meshTcpRoutes } from './mesh-tcp-routes.ts';
import { multipliedRetries } from './multiplied-retries.ts';
import { mutualBehindGateway } from './mutual-behind-gateway.ts';
import { noWorkload } from './no-workload.ts';
import { plaintextFirstPort } from './plaintext-first-port.ts';
import { policyNamespace } from './policy-namespace.ts';
import { authorizationWorkload, selectedWorkload } from './policy-workload.ts';
import { reservedUser } from './reserved-user.ts';
import { sidecarSelectors, telemetrySelectors } from './selector-conflict.ts';
import { serviceEntryAddresses } from './service-entry-addresses.ts';
import { serviceEntryProtocol } from './service-entry-protocol.ts';
import { servicePortName } from './service-port-name.ts';
import { severalServices } from './several-services.ts';
import { sharedApplicationPort } from './shared-application-port.ts';
import { shortTimeout } from './short-timeout.ts';
import { strictBehindGateway } from './strict-behind-gateway.ts';
import { telemetryProvider } from './telemetry-provider.ts';
import { unattachedRoute } from './unattached-route.ts';
import { unknownGateway } from './unknown-gateway.ts';
import { unknownHost } from './unknown-host.ts';
import { unknownRuleHost } from './unknown-rule-host.ts';
import { unknownSubset } from './unknown-subset.ts';
import { unreachableRoute } from './unreachable-route.ts';
import { unusedDestination } from './unused-destination.ts';
import { unusedSubset } from './unused-subset.ts';
import { unverifiedServer } from './unverified-server.ts';

/** What may keep a configuration from doing what it says, in the order of the findings. */
export const RULES: readonly AnalysisRule[] = [
  duplicateResource,
  unknownGateway,
  unknownHost,
  destinationPort,
  unknownSubset,
  unknownRuleHost,
  duplicateMeshHost,
  foreignHost,
  unreachableRoute,
  unusedDestination,
  shortTimeout,
  meshTcpRoutes,
  gatewayWorkload,
  gatewayHosts,
  gatewayCredential,
  conflictingGateways,
  claimRouting,
  authorizationWorkload,
  selectedWorkload,
  policyNamespace,
  impossibleAllow,
  evadableDeny,
  telemetrySelectors,
  sidecarSelectors,
  serviceEntryProtocol,
  strictBehindGateway,
  mutualBehindGateway,
  plaintextFirstPort,
  noWorkload,
  sharedApplicationPort,
  unattachedRoute,
];

/** What works, and may not be meant, or not be wise. */
export const ADVICE_RULES: readonly AnalysisRule[] = [
  loosePrefix,
  linearRoutes,
  multipliedRetries,
  unusedSubset,
  ineffectiveSubset,
  gatewayDuplicateCertificate,
  gatewayPort,
  generatedGateway,
  unverifiedServer,
  serviceEntryAddresses,
  telemetryProvider,
  servicePortName,
  severalServices,
  annotations,
];

/** What matters only where Istio runs the manifests on Kubernetes. */
export const KUBERNETES_RULES: readonly AnalysisRule[] = [
  namespaceInjection,
  podInjection,
  reservedUser,
  envoyPatch,
  jwksBlocklist,
  alphaAnnotations,
];
