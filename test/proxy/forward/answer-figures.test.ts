import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { answerFigures } from '../../../src/proxy/forward/answer-figures.ts';
import { buildConnection } from '../../support/snapshot.ts';

interface TestBody {
  readonly received: number;
  readonly status?: string;
}

const counting = {
  cancel: () => undefined,
  received: ({ received }: TestBody) => received,
  trailers: ({ status }: TestBody) =>
    status === undefined ? undefined : HeaderList.from([['grpc-status', status]]),
};

function figures(
  bodies: Parameters<typeof answerFigures<TestBody>>[0],
  asked: TestBody | undefined,
  body: TestBody | string | undefined,
  [request, response]: readonly [[string, string][], [string, string][]] = [[], []],
) {
  const head = { method: 'POST', target: '/', headers: HeaderList.from(request) };
  const exchange = { head, connection: buildConnection('outbound'), body: asked, signal: undefined };
  return answerFigures(bodies, exchange, {
    status: 200,
    reason: '',
    headers: HeaderList.from(response),
    body,
  });
}

test('bytes are those that arrived, whatever the head announced', () => {
  const announced = [[['content-length', '999']], [['content-length', '999']]] as [
    [string, string][],
    [string, string][],
  ];
  assert.deepEqual(figures(counting, { received: 5 }, { received: 7 }, announced), {
    requestBytes: 5,
    responseBytes: 7,
    grpcStatus: undefined,
  });
});

test('the status of gRPC is in the trailers, or in the head of an answer without a body', () => {
  assert.equal(figures(counting, undefined, { received: 7, status: '5' }).grpcStatus, '5');
  assert.equal(figures(counting, undefined, undefined, [[], [['grpc-status', '14']]]).grpcStatus, '14');
});

test('a local answer counts in UTF-8', () => {
  assert.equal(figures(counting, undefined, 'größe').responseBytes, 7);
});

test('a platform that cannot count is believed what the head announced', () => {
  const blind = { cancel: () => undefined };
  const heads = [[['content-length', '12']], [['content-length', '34']]] as [
    [string, string][],
    [string, string][],
  ];
  const { requestBytes, responseBytes } = figures(blind, { received: 0 }, { received: 0 }, heads);
  assert.deepEqual([requestBytes, responseBytes], [12, 34]);
  for (const text of ['-1', 'x', '1e999']) {
    assert.equal(
      figures(blind, undefined, { received: 0 }, [[], [['content-length', text]]]).responseBytes,
      0,
    );
  }
});
