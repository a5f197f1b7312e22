import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withProofs } from '../../../cli/analyze/proofs.ts';
import { analyze } from '../../../src/config/analyze/analyze.ts';
import { edgeGateway, questionMesh, workload } from '../../support/question-mesh.ts';

function messages(http: readonly string[], gateways = '[edge]'): string[] {
  const routes = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: a }
spec:
  hosts: [${gateways === '[mesh]' ? 'a' : 'shop.test'}]
  gateways: ${gateways}
  http:
${http.map((rule) => `    - { ${rule}route: [{ destination: { host: a } }] }`).join('\n')}
`;
  const { resources } = questionMesh([workload('a'), edgeGateway, routes].join('---\n'));
  const found = analyze(resources).filter(({ code }) => /IST013[01]|WFT0501/.test(code));
  return withProofs(found, resources).map(({ code, message }) => `${code} ${message}`);
}

describe('proofs of findings', () => {
  test('a shadowed rule is proven by a request that an earlier rule takes', () => {
    const [found] = messages([
      'match: [{ uri: { prefix: /x/ } }], ',
      'match: [{ uri: { exact: /x/y }, method: { exact: PUT } }], ',
    ]);
    assert.match(
      found ?? '',
      /^IST0130 .*rule #0 takes all of it\); proof: PUT http:\/\/shop\.test\/x\/y goes to http\[0\] \(mesh\.yaml:\d+\)$/,
    );
  });

  test('a rule behind one without match is proven though it is not compiled', () => {
    const [found] = messages(['', 'match: [{ uri: { prefix: /late/ }, headers: { x-a: { exact: b } } }], ']);
    assert.match(
      found ?? '',
      /^IST0130 .*proof: GET http:\/\/shop\.test\/late\/ -H 'x-a: b' goes to http\[0\]/,
    );
  });

  test('a shadowed match is proven alone', () => {
    const [found] = messages([
      'match: [{ uri: { prefix: /x/ } }], ',
      'match: [{ uri: { prefix: /y/ } }, { uri: { prefix: /x/z/ } }], ',
    ]);
    assert.match(found ?? '', /^IST0131 .*proof: GET http:\/\/shop\.test\/x\/z\/ goes to http\[0\]/);
  });

  test('a loose prefix is proven by a name that was hardly meant', () => {
    const [found] = messages(['match: [{ uri: { prefix: /test } }], ', '']);
    assert.match(found ?? '', /^WFT0501 .*; proof: GET http:\/\/shop\.test\/test2 comes here$/);
  });

  test('a prefix that something before it bounds needs none', () => {
    const [found] = messages([
      'match: [{ uri: { prefix: /test2 } }], ',
      'match: [{ uri: { prefix: /test } }], ',
      '',
    ]).filter((one) => one.includes('prefix /test also'));
    assert.match(found ?? '', /^WFT0501 /);
    assert.doesNotMatch(found ?? '', /proof/);
  });

  test('routes of the mesh are asked about at a sidecar', () => {
    const [found] = messages(
      ['match: [{ uri: { prefix: /x/ } }], ', 'match: [{ uri: { exact: /x/y } }], '],
      '[mesh]',
    );
    assert.match(found ?? '', /proof: GET http:\/\/a[a-z.]*\/x\/y goes to http\[0\]/);
  });

  test('other findings stay as they are', () => {
    const found = [
      {
        code: 'IST0101',
        severity: 'error' as const,
        position: { file: 'f', line: 1, column: 1 },
        message: 'm',
      },
    ];
    assert.deepEqual(withProofs(found, []), found);
  });
});
