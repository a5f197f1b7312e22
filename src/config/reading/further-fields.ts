import type { Kind } from '../resource/kinds.ts';
import { scalarText } from './scalar-text.ts';
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
    'egress[].bind': 'no further listener is opened',
    'egress[].captureMode': 'no further listener is opened',
    'ingress[].bind': 'a sidecar has one inbound port',
    'ingress[].captureMode': 'a sidecar has one inbound port',
    'ingress[].connectionPool': 'connections to the application are not limited by it',
    inboundConnectionPool: 'connections to the application are not limited by it',
    'outboundTrafficPolicy.egressProxy': 'unknown hosts are not sent through it',
  }),
  {
    kind: 'Sidecar',
    path: 'spec.ingress[].defaultEndpoint',
    code: 'WFT0201',
    effect: 'Unix sockets are not dialled; the application is expected on the port itself',
    when: (value) => scalarText(value).startsWith('unix:'),
  },
  refused('Sidecar', 'spec.ingress[].tls', 'it is not spoken to clients of an application'),
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
];
