import type { EndpointRecord } from '../../src/snapshot/endpoint.ts';
import type { Publication } from '../../src/snapshot/publish.ts';
import type { RateLimit } from '../../src/snapshot/rate-limit.ts';
import { generateSigningJwk, importSigningKey, type SigningKey } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';

export const ratings = 'ratings.default.svc.cluster.local';

/** A sidecar's snapshot that uses every part of the format; `label` makes two of them differ. */
export function sampleSnapshot(label = 'one'): Snapshot {
  const cluster = `outbound|9080||${ratings}`;
  return {
    format: 1,
    target: {
      kind: 'sidecar',
      namespace: 'default',
      name: 'reviews-v1',
      serviceAccount: 'reviews',
      labels: [['app', 'reviews']],
    },
    trustDomain: 'cluster.local',
    pathNormalization: 'BASE',
    inbound: [
      {
        port: 9080,
        servicePorts: [{ service: 'reviews.default.svc.cluster.local', port: 9080 }],
        protocol: 'http',
        mtls: 'STRICT',
        mtlsSource: '',
        policies: [samplePolicy()],
        limits: [sampleLimit()],
        cluster: 'inbound|9080||',
      },
    ],
    outbound: [{ port: 9080, virtualHosts: [sampleVirtualHost(cluster, label)] }],
    outboundTrafficPolicy: 'ALLOW_ANY',
    clusters: [
      sampleCluster('inbound|9080||', '', { kind: 'application' }),
      sampleCluster(cluster, ratings, { kind: 'registry' }),
    ],
  };
}

export function samplePublication(revision: number, label = 'one'): Publication {
  return {
    mesh: 'bookinfo',
    revision,
    created: 1000,
    expires: 2000,
    snapshots: [sampleSnapshot(label)],
    sources: [['VirtualService/default/ratings/http/0', { file: 'ratings.yaml', line: 1, column: 1 }]],
  };
}

export function sampleRecord(sequence: number, service = ratings): EndpointRecord {
  const endpoint = {
    instance: `i-${sequence}`,
    address: '10.0.0.1',
    ports: [[9080, 31000]] as const,
    workload: 'ratings-v1',
    namespace: 'default',
    labels: [['version', 'v1']] as const,
    mesh: true,
    weight: 1,
  };
  return { format: 1, service, sequence, endpoints: [endpoint] };
}

export async function newKey(): Promise<SigningKey> {
  return importSigningKey(await generateSigningJwk());
}

function sampleLimit(): RateLimit {
  return {
    source: 'RateLimit/default/api/limits/0',
    id: 'default/api/all',
    name: 'all',
    gateways: ['KubernetesGateway/default/front'],
    rules: samplePolicy().rules,
    key: [{ kind: 'request.header', name: 'x-key' }, { kind: 'remote.ip' }],
    requests: 10,
    periodMs: 1000,
    burst: 20,
    scope: 'global',
    onBackendFailure: 'deny',
  };
}

function samplePolicy(): Snapshot['inbound'][number]['policies'][number] {
  const values = [{ kind: 'exact', value: 'GET' }] as const;
  const claim = { kind: 'request.auth.claim', path: ['groups'] } as const;
  return {
    name: 'default/allow-get',
    source: 'AuthorizationPolicy/default/allow-get',
    action: 'ALLOW',
    dryRun: false,
    rules: [
      {
        source: 'AuthorizationPolicy/default/allow-get/rules/0',
        from: [
          [
            {
              attribute: { kind: 'source.ip' },
              values: [{ kind: 'cidr', value: '10.0.0.0/8' }],
              notValues: [],
            },
          ],
        ],
        to: [[{ attribute: { kind: 'request.method' }, values, notValues: [] }]],
        when: [{ attribute: claim, values: [], notValues: [{ kind: 'regex', value: 'x.*' }] }],
      },
    ],
  };
}

function sampleVirtualHost(
  cluster: string,
  label: string,
): Snapshot['outbound'][number]['virtualHosts'][number] {
  const set = [['x-label', label]] as const;
  return {
    name: `${ratings}:9080`,
    domains: [ratings, '*'],
    routes: [
      {
        name: label,
        source: 'VirtualService/default/ratings/http/0',
        matches: [
          {
            path: { kind: 'prefix', value: '/', ignoreCase: true },
            headers: [{ name: 'x-user', match: { kind: 'present' }, invert: true }],
          },
        ],
        action: {
          kind: 'forward',
          destinations: [{ cluster, weight: 1 }],
          rewrite: { regex: { match: '^/a', substitution: '/b' } },
          timeoutMs: 1500.5,
          retry: { attempts: 2, on: ['connect-failure'], statuses: [503], backoffMs: 25 },
        },
        headers: { request: { remove: ['x-old'], set, add: [] } },
      },
      { name: '', source: '', matches: [], action: { kind: 'redirect', status: 301, port: 'request' } },
      { name: '', source: '', matches: [], action: { kind: 'direct', status: 404, body: 'nothing here' } },
    ],
  };
}

function sampleCluster(
  name: string,
  service: string,
  discovery: Snapshot['clusters'][number]['discovery'],
): Snapshot['clusters'][number] {
  return {
    name,
    service,
    port: 9080,
    subset: '',
    labels: [],
    balancer: 'LEAST_REQUEST',
    tls:
      service === ''
        ? { mode: 'none' }
        : { mode: 'mesh', sni: `outbound_.9080_._.${service}`, sans: ['spiffe://x/y'], required: false },
    protocol: 'http1',
    connectTimeoutMs: 10_000,
    discovery,
  };
}
