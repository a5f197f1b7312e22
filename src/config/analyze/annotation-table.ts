/** Where an annotation may stand. */
export type AnnotatedKind = 'Pod' | 'Service' | 'Namespace' | 'Deployment' | 'any';

/** An annotation of Istio. */
export interface IstioAnnotation {
  readonly name: string;
  readonly kinds: readonly AnnotatedKind[];
  readonly stage?: 'alpha' | 'deprecated' | 'alpha and deprecated';
  readonly form?: 'number' | 'boolean' | 'port numbers' | 'interception mode';
}

const POD: readonly AnnotatedKind[] = ['Pod'];
const ANY: readonly AnnotatedKind[] = ['any'];

const onPod = (prefix: string, names: string, rest: Omit<IstioAnnotation, 'name' | 'kinds'> = {}) =>
  names.split(' ').map((name): IstioAnnotation => ({ name: `${prefix}${name}`, kinds: POD, ...rest }));
const anywhere = (names: string): IstioAnnotation[] => names.split(' ').map((name) => ({ name, kinds: ANY }));

const TRAFFIC = 'traffic.sidecar.istio.io/';
const SIDECAR = 'sidecar.istio.io/';
const READINESS = 'readiness.status.sidecar.istio.io/';
const alpha = { stage: 'alpha' } as const;

/** The annotations that Istio documents. */
export const ISTIO_ANNOTATIONS: readonly IstioAnnotation[] = [
  { name: 'kubernetes.io/ingress.class', kinds: [] },
  { name: 'networking.istio.io/exportTo', kinds: ['Service'], stage: 'alpha' },
  { name: 'networking.istio.io/traffic-distribution', kinds: ['Service', 'Namespace'] },
  { name: 'traffic.istio.io/nodeSelector', kinds: ['Service'] },
  { name: 'topology.istio.io/controlPlaneClusters', kinds: ['Namespace'], stage: 'alpha' },
  ...anywhere(
    'galley.istio.io/analyze-suppress gateway.istio.io/controller-version gateway.istio.io/name-override gateway.istio.io/service-account gateway.istio.io/tls-terminate-mode',
  ),
  ...anywhere(
    'istio.io/rev istio.io/dry-run istio.io/autoRegistrationGroup istio.io/connectedAt istio.io/disconnectedAt istio.io/workloadController istio.io/use-waypoint istio.io/ingress-use-waypoint istio.io/reroute-virtual-interfaces',
  ),
  ...anywhere(
    'ambient.istio.io/redirection ambient.istio.io/bypass-inbound-capture ambient.istio.io/dns-capture ambient.istio.io/waypoint-inbound-binding networking.istio.io/address-type networking.istio.io/service-type',
  ),
  ...anywhere(
    'install.operator.istio.io/chart-owner install.operator.istio.io/owner-generation install.operator.istio.io/version internal.istio.io/parents internal.istio.io/route-semantics internal.istio.io/service-account-name',
  ),
  ...onPod('', 'inject.istio.io/templates proxy.istio.io/config prometheus.istio.io/merge-metrics'),
  ...onPod('', 'proxy.istio.io/overrides', alpha),
  ...onPod(SIDECAR, 'inject'),
  ...onPod(SIDECAR, 'nativeSidecar rewriteAppHTTPProbers', { ...alpha, form: 'boolean' }),
  ...onPod(
    SIDECAR,
    'agentLogLevel bootstrapOverride componentLogLevel extraStatTags logLevel proxyCPU proxyCPULimit proxyImage proxyImageType proxyMemory proxyMemoryLimit statsCompression statsHistogramBuckets status userVolume userVolumeMount',
    alpha,
  ),
  ...onPod(SIDECAR, 'interceptionMode', { ...alpha, form: 'interception mode' }),
  ...onPod(
    SIDECAR,
    'controlPlaneAuthPolicy discoveryAddress enableCoreDump statsInclusionPrefixes statsInclusionRegexps statsInclusionSuffixes',
    { stage: 'alpha and deprecated' },
  ),
  ...onPod(READINESS, 'failureThreshold initialDelaySeconds periodSeconds', { ...alpha, form: 'number' }),
  ...onPod(READINESS, 'applicationPorts', alpha),
  ...onPod('status.sidecar.istio.io/', 'port', { ...alpha, form: 'number' }),
  ...onPod(TRAFFIC, 'excludeInboundPorts excludeOutboundPorts', { ...alpha, form: 'port numbers' }),
  ...onPod(
    TRAFFIC,
    'excludeInterfaces excludeOutboundIPRanges includeInboundPorts includeOutboundIPRanges includeOutboundPorts',
    alpha,
  ),
  ...onPod(TRAFFIC, 'kubevirtInterfaces', { stage: 'alpha and deprecated' }),
];
