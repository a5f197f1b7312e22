import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpVersion, portProtocol } from '../../../src/config/compile/port-protocol.ts';

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

const versions: [declared: string | undefined, expected: 'http1' | 'http2'][] = [
  ['http', 'http1'],
  ['http-h2', 'http1'],
  ['http2', 'http2'],
  ['HTTP2-api', 'http2'],
  ['grpc', 'http2'],
  ['grpc-orders', 'http2'],
  ['grpc-web', 'http2'],
  ['kubernetes.io/h2c', 'http2'],
  ['kubernetes.io/ws', 'http1'],
  ['grpcish', 'http1'],
  [undefined, 'http1'],
];

for (const [declared, expected] of versions) {
  test(`the application of a port declared as ${declared} speaks ${expected}`, () => {
    assert.equal(httpVersion(declared), expected);
  });
}
