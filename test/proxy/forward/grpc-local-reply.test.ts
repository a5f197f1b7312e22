import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { grpcLocalReply, requestTimeout } from '../../../src/proxy/forward/grpc-local-reply.ts';
import { localResponse } from '../../../src/proxy/forward/local-reply.ts';

const GRPC = HeaderList.from([['content-type', 'application/grpc']]);

test('a local answer to a gRPC request is HTTP 200 with status and message in the head', () => {
  const reply = grpcLocalReply(localResponse(403, 'RBAC: access denied', [['x-kept', '1']]), GRPC);
  assert.deepEqual([reply.status, reply.body], [200, undefined]);
  assert.deepEqual(
    [...reply.headers],
    [
      ['x-kept', '1'],
      ['content-type', 'application/grpc'],
      ['grpc-status', '7'],
      ['grpc-message', 'RBAC: access denied'],
    ],
  );
});

test('other requests, and connections that get no answer, are left alone', () => {
  const plain = localResponse(503, 'no healthy upstream');
  assert.equal(grpcLocalReply(plain, new HeaderList()), plain);
  const none = localResponse(0, '');
  assert.equal(grpcLocalReply(none, GRPC), none);
});

test('the deadline of the client itself has its own status', () => {
  assert.equal(grpcLocalReply(localResponse(504, ''), GRPC, 4).headers.get('grpc-status'), '4');
  assert.equal(grpcLocalReply(localResponse(504, ''), GRPC).headers.get('grpc-status'), '14');
});

test('grpc-timeout caps the timeout of a gRPC request and of no other', () => {
  const asked = (text: string) =>
    HeaderList.from([
      ['content-type', 'application/grpc'],
      ['grpc-timeout', text],
    ]);
  assert.deepEqual(requestTimeout(0, asked('1S')), { ms: 1000, ofClient: true });
  assert.deepEqual(requestTimeout(500, asked('1S')), { ms: 500, ofClient: false });
  assert.deepEqual(requestTimeout(5000, asked('1S')), { ms: 1000, ofClient: true });
  assert.deepEqual(requestTimeout(5000, asked('0S')), { ms: 1, ofClient: true });
  assert.deepEqual(requestTimeout(5000, asked('soon')), { ms: 5000, ofClient: false });
  assert.deepEqual(requestTimeout(0, HeaderList.from([['grpc-timeout', '1S']])), { ms: 0, ofClient: false });
});
