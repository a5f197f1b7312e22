import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise } from '../../../src/config/analyze/analyze.ts';
import { serviceOf } from '../../support/control-parts.ts';
import { resourcesOf } from '../../support/parsed.ts';

const API = 'networking.istio.io/v1';
const gateway = `{apiVersion: ${API}, kind: Gateway, metadata: {name: edge}, spec: {servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}}`;
const route = (port: number, via = 'edge') =>
  `{apiVersion: ${API}, kind: VirtualService, metadata: {name: v}, spec: {hosts: [x.com], gateways: [${via}], http: [{route: [{destination: {host: a, port: {number: ${port}}}}]}]}}`;
const disabled = (policy: string) =>
  `{apiVersion: ${API}, kind: DestinationRule, metadata: {name: d}, spec: {host: a, ${policy}}}`;
const two = serviceOf('a', [
  [80, 7000],
  [81, 8080],
]);
const first = `WFT0207 spec`;

test('plaintext for another port than a workload’s first is warned of, wherever it comes from', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['a gateway to the first port', [two, gateway, route(80)], [first]],
    [
      'a gateway to another port',
      [two, gateway, route(81)],
      ['WFT0206 spec.http[0].route[0].destination', first],
    ],
    ['the mesh to another port', [two, route(81, 'mesh')], [first]],
    ['one port', [serviceOf('a', [[81, 8080]]), gateway, route(81)], []],
    [
      'two service ports of one workload port',
      [
        serviceOf('a', [
          [80, 8080],
          [81, 8080],
        ]),
        gateway,
        route(81),
      ],
      [],
    ],
    [
      'tls DISABLE',
      [two, disabled('trafficPolicy: {tls: {mode: DISABLE}}')],
      ['WFT0206 spec.trafficPolicy.tls.mode', first],
    ],
    [
      'tls DISABLE of a port',
      [two, disabled('trafficPolicy: {portLevelSettings: [{port: {number: 81}, tls: {mode: DISABLE}}]}')],
      ['WFT0206 spec.trafficPolicy.portLevelSettings[0].tls.mode', first],
    ],
    [
      'tls DISABLE of the first port',
      [two, disabled('trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}')],
      [first],
    ],
  ];
  for (const [what, documents, says] of cases) {
    const found = advise(resourcesOf(documents.join('\n---\n')))
      .filter(({ code }) => code === 'WFT0206' || code === 'WFT0207')
      .map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(found, says, what);
  }
});
