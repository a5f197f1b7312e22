import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import {
  backoff,
  retriesFailure,
  retriesPerTryTimeout,
  retriesResponse,
} from '../../../src/proxy/forward/retry.ts';
import { TransportError, type TransportFailure } from '../../../src/proxy/forward/transport.ts';
import type { RetryPolicy } from '../../../src/snapshot/route.ts';

function policyOf(on: string, statuses: readonly number[] = []): RetryPolicy {
  return { attempts: 2, on: on.split(',').filter((name) => name !== ''), statuses, backoffMs: 25 };
}

test('a received response is retried by the conditions that name its status', () => {
  const table: [string, number[], number, boolean][] = [
    ['5xx', [], 500, true],
    ['5xx', [], 499, false],
    ['gateway-error', [], 502, true],
    ['gateway-error', [], 504, true],
    ['gateway-error', [], 500, false],
    ['retriable-4xx', [], 409, true],
    ['retriable-4xx', [], 404, false],
    ['retriable-status-codes', [503], 503, true],
    ['retriable-status-codes', [503], 502, false],
    ['connect-failure,refused-stream,reset', [], 503, false],
    ['', [], 503, false],
  ];
  for (const [on, statuses, status, expected] of table) {
    const response = { status, reason: '', headers: new HeaderList() };
    assert.equal(retriesResponse(policyOf(on, statuses), response), expected, `${on} ${statuses} ${status}`);
  }
});

test('a rate-limited response is retried only by its own condition', () => {
  const headers = HeaderList.from([['x-envoy-ratelimited', 'true']]);
  assert.ok(!retriesResponse(policyOf('5xx'), { status: 503, reason: '', headers }));
  assert.ok(retriesResponse(policyOf('envoy-ratelimited'), { status: 429, reason: '', headers }));
});

test('an attempt without response is retried by the conditions that cover it', () => {
  const table: [string, TransportFailure, boolean, boolean][] = [
    ['connect-failure', 'connect-failure', false, true],
    ['connect-failure', 'tls-failure', false, true],
    ['connect-failure', 'reset', true, false],
    ['connect-failure', 'reset', false, false],
    ['reset', 'reset', true, true],
    ['reset', 'connect-failure', false, true],
    ['reset-before-request', 'reset', true, false],
    ['reset-before-request', 'reset', false, true],
    ['5xx', 'reset', true, true],
    ['gateway-error', 'connect-failure', false, true],
    ['5xx', 'protocol', true, true],
    ['retriable-4xx,refused-stream,retriable-status-codes', 'reset', true, false],
    ['5xx,reset', 'aborted', true, false],
  ];
  for (const [on, failure, sent, expected] of table) {
    const error = new TransportError(failure, sent, '');
    assert.equal(retriesFailure(policyOf(on, [503]), error, 'POST'), expected, `${on} ${failure} ${sent}`);
  }
});

test('a connect failure that may have been sent is retried only where the method may be seen twice', () => {
  const rejected = new TransportError('connect-failure', true, '');
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
    assert.ok(retriesFailure(policyOf('connect-failure'), rejected, method), method);
  }
  for (const method of ['POST', 'PATCH', 'TRACE', 'CONNECT', 'get']) {
    assert.ok(!retriesFailure(policyOf('connect-failure'), rejected, method), method);
    assert.ok(retriesFailure(policyOf('reset'), rejected, method), `${method}, and reset asks for it`);
    assert.ok(retriesFailure(policyOf('5xx'), rejected, method), `${method}, and 5xx asks for it`);
  }
});

test('an expired perTryTimeout counts as a reset of a request that was sent', () => {
  assert.ok(retriesPerTryTimeout(policyOf('5xx')));
  assert.ok(retriesPerTryTimeout(policyOf('reset')));
  assert.ok(!retriesPerTryTimeout(policyOf('connect-failure,reset-before-request,refused-stream')));
});

test('the back-off doubles with full jitter up to ten times its base', () => {
  const policy = policyOf('5xx');
  const most = [1, 2, 3, 4, 5, 20].map((retry) => backoff(policy, retry, 0.999_999));
  assert.deepEqual(most, [24, 49, 99, 199, 249, 249]);
  assert.equal(backoff(policy, 3, 0), 0);
  assert.equal(backoff(policy, 3, 0.5), 50);
});
