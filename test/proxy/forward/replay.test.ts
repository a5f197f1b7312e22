import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderList } from '../../../src/http/header-list.ts';
import { retriesFailure, retriesResponse } from '../../../src/proxy/forward/retry.ts';
import { TransportError, type TransportFailure } from '../../../src/proxy/forward/transport.ts';

/** VirtualService without retryOn. */
const ISTIO_DEFAULT = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'];

function policyOf(on: readonly string[]) {
  return { attempts: 2, on, statuses: [], backoffMs: 25 };
}

describe('what may be sent twice', () => {
  test('by default only what provably was not processed', () => {
    const table: [TransportFailure, boolean, boolean][] = [
      ['connect-failure', false, true],
      ['tls-failure', false, true],
      ['refused-stream', false, true],
      ['reset', true, false],
      ['reset', false, false],
      ['protocol', true, false],
      ['aborted', true, false],
    ];
    for (const [failure, sent, expected] of table) {
      const error = new TransportError(failure, sent, '');
      assert.equal(retriesFailure(policyOf(ISTIO_DEFAULT), error, 'POST'), expected, `${failure} ${sent}`);
    }
  });

  test('the operator may say more', () => {
    for (const on of ['5xx', 'reset', 'gateway-error']) {
      assert.ok(retriesFailure(policyOf([on]), new TransportError('reset', true, ''), 'POST'), on);
    }
    for (const on of ['refused-stream', 'reset-before-request', 'connect-failure', 'unavailable']) {
      assert.ok(!retriesFailure(policyOf([on]), new TransportError('reset', true, ''), 'POST'), on);
    }
  });

  test('a gRPC status without messages is retried by the condition of its name', () => {
    const table: [string, string, boolean][] = [
      ['unavailable', '14', true],
      ['cancelled', '1', true],
      ['deadline-exceeded', '4', true],
      ['resource-exhausted', '8', true],
      ['internal', '13', true],
      ['unavailable', '0', false],
      ['unavailable', '2', false],
      ['unavailable', 'x', false],
      ['5xx', '14', false],
    ];
    for (const [on, status, expected] of table) {
      const headers = HeaderList.from([['grpc-status', status]]);
      const response = { status: 200, reason: '', headers };
      assert.equal(retriesResponse(policyOf([on]), response), expected, `${on} ${status}`);
    }
  });
});
