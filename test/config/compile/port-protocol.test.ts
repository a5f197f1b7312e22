import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portProtocol } from '../../../src/config/compile/port-protocol.ts';

const cases: [declared: string | undefined, transport: string | undefined, expected: 'http' | 'tcp'][] = [
  ['http', 'TCP', 'http'],
  ['http-api', undefined, 'http'],
  ['HTTP2', undefined, 'http'],
  ['grpc', undefined, 'http'],
  ['grpc-web-edge', undefined, 'http'],
  ['kubernetes.io/h2c', undefined, 'http'],
  [undefined, 'TCP', 'http'],
  ['', undefined, 'http'],
  ['https', undefined, 'tcp'],
  ['httpsomething', undefined, 'tcp'],
  ['tcp-http', undefined, 'tcp'],
  ['mysql', undefined, 'tcp'],
  ['http', 'UDP', 'tcp'],
];

for (const [declared, transport, expected] of cases) {
  test(`a port declared as ${declared} over ${transport ?? 'TCP'} is ${expected}`, () => {
    assert.equal(portProtocol(declared, transport), expected);
  });
}
