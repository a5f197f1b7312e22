import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcMessage, grpcStatus, grpcTimeout, isGrpc } from '../../src/http/grpc.ts';

test('gRPC is told by its content type, gRPC-Web is something else', () => {
  for (const type of [
    'application/grpc',
    'application/grpc+proto',
    'application/grpc;charset=x',
    'Application/GRPC',
  ]) {
    assert.equal(isGrpc(type), true);
  }
  for (const type of [
    undefined,
    '',
    'application/json',
    'application/grpc-web',
    'application/grpcx',
    'text/grpc',
  ]) {
    assert.equal(isGrpc(type), false);
  }
});

test('statuses are mapped as Envoy maps them', () => {
  const table = [
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [502, 14],
    [503, 14],
    [504, 14],
    [500, 2],
    [200, 2],
    [418, 2],
  ] as const;
  for (const [http, grpc] of table) assert.equal(grpcStatus(http), grpc, String(http));
});

test('a message is printable ASCII, the rest percent-encoded', () => {
  assert.equal(grpcMessage('RBAC: access denied'), 'RBAC: access denied');
  assert.equal(grpcMessage('100 %\r\nä'), '100 %25%0D%0A%C3%A4');
});

test('grpc-timeout has at most eight digits and a unit', () => {
  const table = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['40m', 40],
    ['1500u', 2],
    ['1n', 1],
    ['0m', 0],
    ['99999999H', 359_999_996_400_000],
  ] as const;
  for (const [text, ms] of table) assert.equal(grpcTimeout(text), ms, text);
  for (const text of [undefined, '', '1', 'S', '1s', '-1S', '1.5S', ' 1S', '123456789S', '1SS']) {
    assert.equal(grpcTimeout(text), undefined);
  }
});
