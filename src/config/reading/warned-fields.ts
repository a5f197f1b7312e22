import { hasPrivateKey } from '../resource/jwks.ts';
import type { Kind } from '../resource/kinds.ts';
import { valueAt } from './field-path.ts';
import { scalarText } from './scalar-text.ts';
import { TRAFFIC_POLICIES } from './traffic-policies.ts';
import { lengthOf, type WarnedField } from './warned-field.ts';
import { warnedGatewayFields } from './warned-gateway-fields.ts';

const always = () => true;
const several = (value: unknown) => Array.isArray(value) && value.length > 1;

const withoutLabels = (kind: Kind, field: string, labels: string): WarnedField => ({
  kind,
  path: `spec.${field}`,
  message: 'workload selector specified without labels selects everything',
  remedy: `add ${labels}, or leave ${field} out`,
  when: (value) => Object.keys(Object(valueAt(value, [labels]) ?? {})).length === 0,
});

const LARGE_BODY = 100 * 1024;
const DEPRECATED = { message: 'is deprecated', when: always } as const;

const VIRTUAL_SERVICE: readonly WarnedField[] = [
  {
    kind: 'VirtualService',
    path: 'spec.gateways[]',
    message: 'a name with dots is the legacy form of a gateway',
    remedy: 'write namespace/name',
    when: (gateway) => /^[^/]+\.[^/]+$/.test(scalarText(gateway)),
  },
  ...['string', 'bytes'].map(
    (field): WarnedField => ({
      kind: 'VirtualService',
      path: `spec.http[].directResponse.body.${field}`,
      message: 'a body of more than 100 KiB slows the distribution of the configuration down',
      when: (body) => scalarText(body).length > LARGE_BODY,
    }),
  ),
  ...['mirrorPercent', 'mirror_percent'].map(
    (field): WarnedField => ({
      kind: 'VirtualService',
      path: `spec.http[].${field}`,
      remedy: 'write mirrorPercentage: {value: …}',
      ...DEPRECATED,
    }),
  ),
];

const SERVICE_ENTRY: readonly WarnedField[] = [
  withoutLabels('ServiceEntry', 'workloadSelector', 'labels'),
  {
    kind: 'ServiceEntry',
    path: 'spec',
    message: 'workloadSelector is ignored with resolution NONE',
    remedy: 'write resolution: STATIC',
    when: (spec) =>
      isResolutionNone(spec) &&
      valueAt(spec, ['workloadSelector']) !== undefined &&
      !Object.keys(Object(valueAt(spec, ['workloadSelector', 'labels']) ?? {})).includes(''),
  },
  {
    kind: 'ServiceEntry',
    path: 'spec',
    message: 'a TCP port without addresses catches all traffic to it, whatever the host',
    remedy: 'add addresses, or a protocol that names its host (HTTP, TLS)',
    when: (spec) =>
      lengthOf(valueAt(spec, ['addresses'])) === 0 && isResolutionNone(spec) && hasTcpPort(spec),
  },
  {
    kind: 'ServiceEntry',
    path: 'spec',
    message: 'several hosts share the addresses: they are told apart only where the protocol names its host',
    remedy: 'write a ServiceEntry for each host',
    when: (spec) => lengthOf(valueAt(spec, ['hosts'])) > 1 && lengthOf(valueAt(spec, ['addresses'])) > 0,
  },
  {
    kind: 'ServiceEntry',
    path: 'spec.hosts[]',
    message: 'a wildcard that is not followed by a dot matches only in part of the clients',
    remedy: 'write *.name',
    when: (host) => /^\*[^.]/.test(scalarText(host)),
  },
];

function isResolutionNone(spec: unknown): boolean {
  return (valueAt(spec, ['resolution']) ?? 'NONE') === 'NONE';
}

function hasTcpPort(spec: unknown): boolean {
  const ports = valueAt(spec, ['ports']);
  return (
    Array.isArray(ports) && ports.some((port) => /^(?:tcp)?$/i.test(scalarText(valueAt(port, ['protocol']))))
  );
}

/** Everything that is warned of. */
export const warnedFields: readonly WarnedField[] = [
  ...warnedGatewayFields,
  ...VIRTUAL_SERVICE,
  ...SERVICE_ENTRY,
  withoutLabels('DestinationRule', 'workloadSelector', 'matchLabels'),
  withoutLabels('Sidecar', 'workloadSelector', 'labels'),
  withoutLabels('EnvoyFilter', 'workloadSelector', 'labels'),
  withoutLabels('AuthorizationPolicy', 'selector', 'matchLabels'),
  withoutLabels('PeerAuthentication', 'selector', 'matchLabels'),
  withoutLabels('RequestAuthentication', 'selector', 'matchLabels'),
  withoutLabels('RateLimit', 'selector', 'matchLabels'),
  {
    kind: 'RequestAuthentication',
    path: 'spec.jwtRules[].jwks',
    message: 'gives private keys away; a key set needs public keys only',
    remedy: 'remove the private members (d, p, q, dp, dq, qi)',
    when: (jwks) => typeof jwks === 'string' && hasPrivateKey(jwks),
  },
  {
    kind: 'Telemetry',
    path: 'spec.tracing',
    message: 'multiple tracing is not currently supported: the first stands',
    when: several,
  },
  {
    kind: 'Telemetry',
    path: 'spec.tracing[].providers',
    message: 'multiple providers is not currently supported: the first stands',
    when: several,
  },
  ...TRAFFIC_POLICIES.map(
    (at): WarnedField => ({
      kind: 'DestinationRule',
      path: `${at}.outlierDetection.consecutiveErrors`,
      remedy: 'write consecutive5xxErrors or consecutiveGatewayErrors',
      ...DEPRECATED,
    }),
  ),
  ...TRAFFIC_POLICIES.map(
    (at): WarnedField => ({
      kind: 'DestinationRule',
      path: at,
      message: 'outlier detection policy must be provided for failover',
      remedy: 'add outlierDetection',
      when: (policy) => failsOver(policy) && valueAt(policy, ['outlierDetection']) === undefined,
    }),
  ),
  {
    kind: 'AuthorizationPolicy',
    path: 'spec',
    message:
      'configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only ' +
      'HTTP attributes in a DENY rule; it is recommended to explicitly specify the port',
    when: deniesTcp,
  },
  {
    kind: 'Sidecar',
    path: 'spec.egress[].hosts',
    message: 'a host is listed twice, or beside all hosts of its namespace',
    remedy: 'keep one of them',
    when: hasDuplicateHosts,
  },
];

function failsOver(policy: unknown): boolean {
  const setting = valueAt(policy, ['loadBalancer', 'localityLbSetting']);
  return ['failover', 'failoverPriority'].some((field) => lengthOf(valueAt(setting, [field])) > 0);
}

const TCP_SOURCE = /^(?:not)?(?:principals|namespaces|serviceAccounts|trustDomains|ipBlocks)$/i;
const TCP_OPERATION = /^(?:ports|notPorts)$/;

/** A DENY rule whose conditions on the source or the operation are HTTP's alone. */
function deniesTcp(spec: unknown): boolean {
  const rules = valueAt(spec, ['rules']);
  return (
    valueAt(spec, ['action']) === 'DENY' &&
    Array.isArray(rules) &&
    rules.some(
      (rule) =>
        isHttpOnly(rule, 'from', 'source', TCP_SOURCE) || isHttpOnly(rule, 'to', 'operation', TCP_OPERATION),
    )
  );
}

function isHttpOnly(rule: unknown, list: string, member: string, tcp: RegExp): boolean {
  const items = valueAt(rule, [list]);
  if (!Array.isArray(items) || items.length === 0) return false;
  return !items.some((item) =>
    Object.keys(Object(valueAt(item, [member]) ?? {})).some((key) => tcp.test(key)),
  );
}

function hasDuplicateHosts(hosts: unknown): boolean {
  if (!Array.isArray(hosts)) return false;
  const names = hosts.map(scalarText);
  const count = new Map<string, number>();
  for (const name of names) count.set(namespaceOf(name), (count.get(namespaceOf(name)) ?? 0) + 1);
  return (
    new Set(names).size < names.length ||
    names.some((name) => name.endsWith('/*') && (count.get(namespaceOf(name)) ?? 0) > 1)
  );
}

function namespaceOf(host: string): string {
  return host.slice(0, host.indexOf('/'));
}
