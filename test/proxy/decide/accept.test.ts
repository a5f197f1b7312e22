import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activate } from '../../../src/proxy/activate.ts';
import { acceptConnection } from '../../../src/proxy/decide/accept.ts';
import {
  buildConnection,
  buildListener,
  buildRequest,
  buildSnapshot,
  fixedInputs,
} from '../../support/snapshot.ts';

describe('accept', () => {
  const cases = [
    ['STRICT', 'mesh-tls', 'serve'],
    ['STRICT', 'plaintext', 'close'],
    ['STRICT', 'foreign-tls', 'close'],
    ['PERMISSIVE', 'mesh-tls', 'serve'],
    ['PERMISSIVE', 'plaintext', 'serve'],
    ['PERMISSIVE', 'foreign-tls', 'passthrough'],
    ['DISABLE', 'mesh-tls', 'close'],
    ['DISABLE', 'plaintext', 'serve'],
    ['DISABLE', 'foreign-tls', 'passthrough'],
  ] as const;
  for (const [mode, kind, expected] of cases) {
    test(`${mode} and ${kind}: ${expected}`, () => {
      assert.equal(acceptConnection(mode, kind), expected);
    });
  }

  const peer = 'cluster.local/ns/default/sa/a';
  const requests = [
    ['STRICT', undefined, 'reply'],
    ['STRICT', peer, 'forward'],
    ['PERMISSIVE', undefined, 'forward'],
    ['PERMISSIVE', peer, 'forward'],
    ['DISABLE', undefined, 'forward'],
  ] as const;
  for (const [mtls, peer, expected] of requests) {
    test(`a request ${peer ? 'of a verified peer' : 'in plaintext'} under ${mtls}: ${expected}`, () => {
      const active = activate(buildSnapshot({ inbound: [buildListener({ mtls })] }));
      const connection = buildConnection('inbound', peer === undefined ? {} : { peer });
      const decision = active.decide(buildRequest('app/'), connection, fixedInputs());
      assert.equal(decision.kind, expected);
      if (decision.kind !== 'reply') return;
      assert.equal(decision.status, 0);
      assert.equal(decision.details, 'peer_authentication_strict');
    });
  }
});
