import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advise } from '../../../src/config/analyze/analyze.ts';
import { resourcesOf } from '../../support/parsed.ts';

const API = 'networking.istio.io/v1';
const service = (name: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {selector: {app: ${name}}, ports: [{port: 80, name: http}]}}`;
const deployment = (name: string, version = 'v1') =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}-${version}}, spec: {selector: {matchLabels: {app: ${name}}},
   template: {metadata: {labels: {app: ${name}, version: ${version}}}, spec: {containers: [{name: main}]}}}}`;
const virtualService = (name: string, spec: string, namespace = 'default') =>
  `{apiVersion: ${API}, kind: VirtualService, metadata: {name: ${name}, namespace: ${namespace}}, spec: {${spec}}}`;
const route = (destination: string) => `http: [{route: [{destination: {${destination}}}]}]`;
const rule = (host: string, ...subsets: string[]) =>
  `{apiVersion: ${API}, kind: DestinationRule, metadata: {name: ${host}}, spec: {host: ${host},
   subsets: [${subsets.map((name) => `{name: ${name}, labels: {version: ${name}}}`).join(', ')}]}}`;
const gateway = `{apiVersion: ${API}, kind: Gateway, metadata: {name: edge}, spec: {servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}}`;
const peers = (spec: string, namespace = 'default') =>
  `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: peers, namespace: ${namespace}}, spec: ${spec}}`;

const mutual = (mode: string) =>
  `{apiVersion: ${API}, kind: DestinationRule, metadata: {name: mutual}, spec: {host: a, trafficPolicy: {tls: {mode: ${mode}}}}}`;

const running = [service('a'), deployment('a')];
const throughGateway = [
  gateway,
  ...running,
  virtualService('v', `hosts: [x.com], gateways: [edge], ${route('host: a')}`),
];
const claim = (name: string, namespace: string, visible: string) =>
  virtualService(
    name,
    `hosts: [x.com], exportTo: ["${visible}"], ${route('host: a.default.svc.cluster.local')}`,
    namespace,
  );

type Case = readonly [what: string, documents: readonly string[], says: readonly string[]];

const rules: Readonly<Record<string, readonly Case[]>> = {
  'a destination host': [
    [
      'that nothing has',
      [...running, virtualService('v', `hosts: [a], ${route('host: b')}`)],
      ['IST0101 spec.http[0].route[0].destination.host'],
    ],
    [
      'in another namespace than meant',
      [...running, virtualService('v', `hosts: [a], ${route('host: a')}`, 'other')],
      ['IST0101 spec.http[0].route[0].destination.host'],
    ],
    ['that a Service has', [...running, virtualService('v', `hosts: [a], ${route('host: a')}`)], []],
    [
      'that a wildcard ServiceEntry covers',
      [
        `{apiVersion: ${API}, kind: ServiceEntry, metadata: {name: e}, spec: {hosts: ["*.x.com"], ports: [{number: 80, name: http}]}}`,
        virtualService('v', `hosts: [a.x.com], ${route('host: b.x.com')}`),
      ],
      [],
    ],
  ],
  'a gateway': [
    [
      'that does not exist',
      [...running, virtualService('v', `hosts: [x.com], gateways: [none], ${route('host: a')}`)],
      ['IST0101 spec.gateways[0]'],
    ],
    [
      'that exists, and the mesh',
      [
        gateway,
        ...running,
        virtualService('v', `hosts: [x.com], gateways: [mesh, default/edge], ${route('host: a')}`),
      ],
      [],
    ],
  ],
  'a subset': [
    [
      'that no rule defines',
      [...running, rule('a', 'v1'), virtualService('v', `hosts: [a], ${route('host: a, subset: v3')}`)],
      ['IST0101 spec.http[0].route[0].destination.subset'],
    ],
    [
      'that a rule defines',
      [...running, rule('a', 'v1'), virtualService('v', `hosts: [a], ${route('host: a, subset: v1')}`)],
      [],
    ],
    ['that no workload has', [...running, rule('a', 'v1', 'v2')], ['IST0173 spec.subsets[1]']],
  ],
  'a Service': [
    ['without workloads', [service('a')], ['WFT0202 spec.selector']],
    ['with workloads', running, []],
    [
      'without a selector',
      ['{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}'],
      [],
    ],
  ],
  'a host of the mesh': [
    [
      'in two VirtualServices',
      [...running, claim('v', 'default', '*'), claim('w', 'other', '*')],
      ['IST0109 spec.hosts[0]', 'IST0109 spec.hosts[0]'],
    ],
    [
      'in two that no namespace sees together',
      [...running, claim('v', 'default', '.'), claim('w', 'other', '.')],
      [],
    ],
    [
      'written short and in full',
      [
        ...running,
        virtualService('v', `hosts: [a], ${route('host: a')}`),
        virtualService('w', `hosts: [a.default.svc.cluster.local], ${route('host: a')}`),
      ],
      ['IST0109 spec.hosts[0]', 'IST0109 spec.hosts[0]'],
    ],
    [
      'once in the mesh and once at a gateway',
      [
        ...running,
        virtualService('v', `hosts: [a], ${route('host: a')}`),
        virtualService('w', `hosts: [a], gateways: [edge], ${route('host: a')}`),
        gateway,
      ],
      [],
    ],
  ],
  'ISTIO_MUTUAL behind the gateway': [
    ['is warned of', [...throughGateway, mutual('ISTIO_MUTUAL')], ['WFT0208 spec.trafficPolicy.tls.mode']],
    ['is fine within the mesh', [...running, mutual('ISTIO_MUTUAL')], []],
    ['DISABLE is none of it', [...throughGateway, mutual('DISABLE')], []],
  ],
  STRICT: [
    [
      'for a workload behind the gateway',
      [...throughGateway, peers('{mtls: {mode: STRICT}}')],
      ['WFT0203 spec.mtls.mode'],
    ],
    [
      'for the whole mesh',
      [...throughGateway, peers('{mtls: {mode: STRICT}}', 'istio-system')],
      ['WFT0203 spec.mtls.mode'],
    ],
    [
      'for its port',
      [...throughGateway, peers('{selector: {matchLabels: {app: a}}, portLevelMtls: {80: {mode: STRICT}}}')],
      ['WFT0203 spec.portLevelMtls["80"].mode'],
    ],
    [
      'for another port',
      [...throughGateway, peers('{selector: {matchLabels: {app: a}}, portLevelMtls: {81: {mode: STRICT}}}')],
      [],
    ],
    ['for another namespace', [...throughGateway, peers('{mtls: {mode: STRICT}}', 'other')], []],
    [
      'for a workload that only the mesh calls',
      [...running, virtualService('v', `hosts: [a], ${route('host: a')}`), peers('{mtls: {mode: STRICT}}')],
      [],
    ],
  ],
  'a tcp route': [
    [
      'of the mesh',
      [...running, virtualService('v', 'hosts: [a], tcp: [{route: [{destination: {host: a}}]}]')],
      ['WFT0201 spec.tcp'],
    ],
    [
      'of a gateway',
      [
        ...running,
        gateway,
        virtualService('v', 'hosts: [x.com], gateways: [edge], tcp: [{route: [{destination: {host: a}}]}]'),
      ],
      [],
    ],
  ],
  'a resource': [
    ['written twice', [service('a'), ...running], ['WFT0108 metadata.name']],
    ['of one name and two kinds', [...running, virtualService('a', `hosts: [a], ${route('host: a')}`)], []],
  ],
};

for (const [subject, cases] of Object.entries(rules)) {
  describe(subject, () => {
    for (const [what, documents, says] of cases) {
      test(`${what} ${says.length === 0 ? 'is silent' : 'is reported'}`, () => {
        const found = advise(resourcesOf(documents.join('\n---\n')));
        assert.deepEqual(
          found.map(({ code, path }) => `${code} ${path}`),
          says,
        );
      });
    }
  });
}

test('an unknown subset comes with those that exist', () => {
  const documents = [
    ...running,
    rule('a', 'v1'),
    virtualService('v', `hosts: [a], ${route('host: a, subset: v3')}`),
  ];
  const [found] = advise(resourcesOf(documents.join('\n---\n')));
  assert.equal(found?.remedy, 'add subset v3 to DestinationRule default/a, or use v1');
});
