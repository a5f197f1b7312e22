import { furtherFields } from './further-fields.ts';
import { gatewayApiFields } from './gateway-api-fields.ts';
import { gatewayFields } from './gateway-fields.ts';
import { scalarText } from './scalar-text.ts';
import { TRAFFIC_POLICIES } from './traffic-policies.ts';
import { notApplied, type UnsupportedField } from './unsupported-field.ts';

const VIRTUAL_SERVICE: readonly UnsupportedField[] = [
  ...notApplied('VirtualService', 'spec.http[]', {
    'fault.delay.exponentialDelay': 'no delay is injected',
    'fault.abort.http2Error': 'no stream is reset',
    websocketUpgrade: 'WebSockets need no permission',
    'retries.retryRemoteLocalities': 'there are no localities',
    'match[].statPrefix': 'no statistics carry it',
  }),
];

/** Fields that a port's settings do not have. */
const WHOLE_POLICY = {
  tunnel: 'connections are not tunnelled',
  proxyProtocol: 'no PROXY header is sent',
  retryBudget: 'retries are bounded by attempts only',
};

/** What would need TLS is left without a cluster: plaintext never goes in its place. */
const foreignTls = (at: string): UnsupportedField => ({
  kind: 'DestinationRule',
  path: `${at}.tls.mode`,
  code: 'WFT0204',
  effect: 'TLS to servers outside the mesh is not made; requests that need it answer 503',
  remedy: 'use ISTIO_MUTUAL inside the mesh, or DISABLE if plain text is wanted',
  when: (value) => value === 'SIMPLE' || value === 'MUTUAL',
});

/** Of the modes that are not made nothing is weakened. */
function narrowsIdentities(tls: unknown): boolean {
  const { mode, subjectAltNames: names } = Object(tls) as { mode?: unknown; subjectAltNames?: unknown };
  return Array.isArray(names) && names.length > 0 && mode !== 'SIMPLE' && mode !== 'MUTUAL';
}

const DESTINATION_RULE: readonly UnsupportedField[] = TRAFFIC_POLICIES.flatMap((at) => [
  ...notApplied('DestinationRule', at, {
    'connectionPool.http.maxRequestsPerConnection': 'connections are reused without a limit',
    'connectionPool.http.maxConcurrentStreams': 'the limit of the transport stands',
    'connectionPool.http.idleTimeout': 'the default idle time stands',
    'connectionPool.http.h2UpgradePolicy': 'the protocol is that of the port',
    'connectionPool.http.useClientProtocol': 'the protocol is that of the port',
    'connectionPool.http.http2KeepAlive': 'no PING frames are sent',
    'connectionPool.tcp.idleTimeout': 'the default idle time stands',
    'connectionPool.tcp.maxConnectionDuration': 'connections are not closed by age',
    'connectionPool.tcp.tcpKeepalive': 'the keep-alive of the platform stands',
    'outlierDetection.consecutiveErrors': 'consecutive5xxErrors stands in its place',
    'loadBalancer.consistentHash': 'requests are balanced without a hash',
    'loadBalancer.localityLbSetting': 'there are no localities',
    'loadBalancer.zoneAwareLbSetting': 'there are no localities',
    'loadBalancer.warmup': 'new endpoints get their full share at once',
    'loadBalancer.warmupDurationSecs': 'new endpoints get their full share at once',
    'tls.sni': 'the name that the mesh needs is sent',
  }),
  ...notApplied('DestinationRule', at, at.endsWith(']') ? {} : WHOLE_POLICY),
  foreignTls(at),
  {
    kind: 'DestinationRule',
    path: `${at}.tls`,
    code: 'WFT0301',
    effect:
      'servers are held to the identities of their workloads, and narrower subjectAltNames would not be enforced',
    remedy: 'leave subjectAltNames out',
    when: narrowsIdentities,
  },
]);

const SERVICE_ENTRY: readonly UnsupportedField[] = [
  ...notApplied('ServiceEntry', 'spec', {
    workloadSelector: 'no workload is selected',
    'endpoints[].network': 'there is one network',
    'endpoints[].locality': 'there are no localities',
    'endpoints[].serviceAccount': 'endpoints written here have no identity',
    subjectAltNames: 'TLS to servers outside the mesh is not made',
  }),
  {
    kind: 'ServiceEntry',
    path: 'spec.resolution',
    code: 'WFT0201',
    effect: 'all addresses are used, as with DNS',
    when: (value) => value === 'DNS_ROUND_ROBIN',
  },
  {
    kind: 'ServiceEntry',
    path: 'spec.endpoints[].address',
    code: 'WFT0201',
    effect: 'Unix sockets are not dialled',
    when: (value) => scalarText(value).startsWith('unix:'),
  },
];

const AUTHORIZATION_POLICY: readonly UnsupportedField[] = [
  {
    kind: 'AuthorizationPolicy',
    path: 'spec.rules[].when[].key',
    code: 'WFT0301',
    effect: 'there are no Envoy filters whose metadata it could match',
    when: (value) => scalarText(value).startsWith('experimental.envoy.filters.'),
  },
];

/** Every field that is not acted on. */
export const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  ...VIRTUAL_SERVICE,
  ...DESTINATION_RULE,
  ...gatewayFields,
  ...SERVICE_ENTRY,
  ...AUTHORIZATION_POLICY,
  ...furtherFields,
  ...gatewayApiFields,
];
