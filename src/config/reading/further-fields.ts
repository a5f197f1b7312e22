import type { Kind } from '../resource/kinds.ts';
import { notApplied, type UnsupportedField } from './unsupported-field.ts';

const set = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);

const SECURITY_PHASE = (value: unknown) => value === 'AUTHN' || value === 'AUTHZ';

/** A field that ends in a refusal: to leave it out would weaken what was asked for. */
const refused = (kind: Kind, path: string, effect: string, remedy?: string): UnsupportedField => ({
  kind,
  path,
  code: 'WFT0301',
  effect,
  ...(remedy ? { remedy } : {}),
  when: set,
});

const EXTENSIONS: readonly UnsupportedField[] = (['WasmPlugin', 'TrafficExtension'] as const).flatMap(
  (kind) => [
    { kind, path: 'spec', code: 'WFT0201', effect: 'extensions of Envoy are not run' },
    {
      kind,
      path: 'spec.phase',
      code: 'WFT0301',
      effect: 'extensions of Envoy are not run, so nobody would be kept out',
      remedy: 'use RequestAuthentication or AuthorizationPolicy',
      when: SECURITY_PHASE,
    },
  ],
);

/** The fields of the kinds that are validated, and not yet compiled. */
export const furtherFields: readonly UnsupportedField[] = [
  ...notApplied('WorkloadEntry', '', { spec: 'no endpoint is taken from it' }),
  ...notApplied('WorkloadGroup', '', { spec: 'no WorkloadEntry is made from it' }),
  ...notApplied('ProxyConfig', 'spec', {
    concurrency: 'a proxy runs on one thread',
    environmentVariables: 'they are given to a proxy where it is started',
    image: 'the proxy is no container of its own',
  }),
  ...notApplied('Sidecar', 'spec', {
    egress: 'every service stays visible, and no further listener is opened',
    'ingress[].port': 'no further listener is opened',
    'ingress[].connectionPool': 'connections to the application are not limited by it',
    inboundConnectionPool: 'connections to the application are not limited by it',
    'outboundTrafficPolicy.egressProxy': 'unknown hosts are not sent through it',
  }),
  {
    kind: 'Sidecar',
    path: 'spec.outboundTrafficPolicy.mode',
    code: 'WFT0301',
    effect: 'the policy of the mesh stands, so unknown hosts would stay reachable',
    when: (value) => value === 'REGISTRY_ONLY',
  },
  refused('Sidecar', 'spec.ingress[].tls', 'it is not spoken to clients of an application'),
  refused(
    'RequestAuthentication',
    'spec.jwtRules',
    'no token is verified, so a wrong one would pass',
    'verify tokens in the application',
  ),
  ...notApplied('Telemetry', 'spec', {
    tracing: 'no spans are reported by it',
    metrics: 'metrics are those of the mesh',
    accessLogging: 'access logs are those of the mesh',
  }),
  ...notApplied('EnvoyFilter', '', { spec: 'there is no Envoy to patch' }),
  {
    kind: 'EnvoyFilter',
    path: 'spec.configPatches[].patch.filterClass',
    code: 'WFT0301',
    effect: 'there is no Envoy to patch, so nobody would be kept out',
    remedy: 'use RequestAuthentication or AuthorizationPolicy',
    when: SECURITY_PHASE,
  },
  ...EXTENSIONS,
  ...notApplied('Pod', '', { spec: 'workloads are those of Deployments' }),
  ...notApplied('Secret', '', {
    data: 'no certificate is taken from it',
    stringData: 'no certificate is taken from it',
  }),
  ...notApplied('ConfigMap', '', {
    data: 'no certificate is taken from it',
    binaryData: 'no certificate is taken from it',
  }),
];
