import { alphaAnnotations, annotations } from '../../src/config/analyze/annotations.ts';
import { claimRouting } from '../../src/config/analyze/claim-routing.ts';
import { conflictingGateways } from '../../src/config/analyze/conflicting-gateways.ts';
import { destinationPort } from '../../src/config/analyze/destination-port.ts';
import { duplicateMeshHost } from '../../src/config/analyze/duplicate-mesh-host.ts';
import { envoyPatch } from '../../src/config/analyze/envoy-patch.ts';
import {
  gatewayCredential,
  gatewayDuplicateCertificate,
} from '../../src/config/analyze/gateway-credential.ts';
import { gatewayHosts } from '../../src/config/analyze/gateway-hosts.ts';
import { gatewayPort, gatewayWorkload } from '../../src/config/analyze/gateway-workload.ts';
import { generatedGateway } from '../../src/config/analyze/generated-gateway.ts';
import { ineffectiveSubset } from '../../src/config/analyze/ineffective-subset.ts';
import { namespaceInjection, podInjection } from '../../src/config/analyze/injection.ts';
import type { AnalysisRule } from '../../src/config/analyze/inventory.ts';
import { jwksBlocklist } from '../../src/config/analyze/jwks-blocklist.ts';
import { noWorkload } from '../../src/config/analyze/no-workload.ts';
import { policyNamespace } from '../../src/config/analyze/policy-namespace.ts';
import { authorizationWorkload } from '../../src/config/analyze/policy-workload.ts';
import { reservedUser } from '../../src/config/analyze/reserved-user.ts';
import { sidecarSelectors, telemetrySelectors } from '../../src/config/analyze/selector-conflict.ts';
import { serviceEntryAddresses } from '../../src/config/analyze/service-entry-addresses.ts';
import { serviceEntryProtocol } from '../../src/config/analyze/service-entry-protocol.ts';
import { servicePortName } from '../../src/config/analyze/service-port-name.ts';
import { severalServices } from '../../src/config/analyze/several-services.ts';
import { telemetryProvider } from '../../src/config/analyze/telemetry-provider.ts';
import { unknownGateway } from '../../src/config/analyze/unknown-gateway.ts';
import { unknownHost } from '../../src/config/analyze/unknown-host.ts';
import { unknownRuleHost } from '../../src/config/analyze/unknown-rule-host.ts';
import { unknownSubset } from '../../src/config/analyze/unknown-subset.ts';
import { unreachableRoute } from '../../src/config/analyze/unreachable-route.ts';
import { unverifiedServer } from '../../src/config/analyze/unverified-server.ts';

/** Our rules that do what an analyzer of Istio does, by its name. */
export const istioAnalyzers: ReadonlyMap<string, readonly AnalysisRule[]> = new Map([
  ['annotations.AlphaAnalyzer', [alphaAnnotations]],
  ['annotations.K8sAnalyzer', [annotations]],
  ['applicationUID.Analyzer', [reservedUser]],
  ['auth.AuthorizationPoliciesAnalyzer', [authorizationWorkload, policyNamespace]],
  ['authn.BlockedCIDRsAnalyzer', [jwksBlocklist]],
  ['deployment.MultiServiceAnalyzer', [severalServices]],
  ['destinationrule.CaCertificateAnalyzer', [unverifiedServer]],
  ['destinationrule.PodNotSelectedAnalyzer', [noWorkload, unknownRuleHost]],
  ['envoyfilter.EnvoyPatchAnalyzer', [envoyPatch]],
  ['gateway.CertificateAnalyzer', [gatewayDuplicateCertificate]],
  ['gateway.ConflictingGatewayAnalyzer', [gatewayWorkload, conflictingGateways]],
  ['gateway.IngressGatewayPortAnalyzer', [gatewayWorkload, gatewayPort]],
  ['gateway.SecretAnalyzer', [gatewayWorkload, gatewayCredential]],
  ['injection.Analyzer', [namespaceInjection, podInjection]],
  ['service.PortNameAnalyzer', [servicePortName]],
  ['serviceentry.Analyzer', [serviceEntryAddresses]],
  ['serviceentry.ConflictingServiceEntryProtocolAnalyzer', [serviceEntryProtocol]],
  ['sidecar.SelectorAnalyzer', [sidecarSelectors]],
  ['sidecar.DefaultSelectorAnalyzer', [sidecarSelectors]],
  ['telemetry.SelectorAnalyzer', [telemetrySelectors]],
  ['telemetry.DefaultSelectorAnalyzer', [telemetrySelectors]],
  ['telemetry.ProviderAnalyzer', [telemetryProvider]],
  ['virtualservice.ConflictingMeshGatewayHostsAnalyzer', [duplicateMeshHost]],
  ['virtualservice.DestinationHostAnalyzer', [unknownHost, destinationPort, ineffectiveSubset]],
  ['virtualservice.DestinationRuleAnalyzer', [unknownSubset]],
  ['virtualservice.GatewayAnalyzer', [unknownGateway, gatewayHosts, generatedGateway]],
  ['virtualservice.JWTClaimRouteAnalyzer', [claimRouting]],
  ['virtualservice.MatchesAnalyzer', [unreachableRoute]],
]);
