import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { keepsConnection } from '../../src/proxy/serve-connection.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildSnapshot,
  condition,
  exact,
} from '../support/snapshot.ts';

const ratings = condition('source.principal', [exact('cluster.local/ns/default/sa/ratings')]);

/** A TCP listener that lets these principals in. */
function withPolicies(...allowed: (typeof ratings)[]): ActiveSnapshot {
  const policies = allowed.map((one) => buildPolicy('ALLOW', [{ from: [[one]] }]));
  const listener = buildListener({ protocol: 'tcp', policies });
  return activate(buildSnapshot({ inbound: [listener], clusters: [buildCluster(listener.cluster)] }));
}

test('a connection is kept for as long as the policy of now would let it through', () => {
  let active: ActiveSnapshot | undefined;
  const keeps = keepsConnection({ active: () => active, clock, random });
  const { port } = buildListener();
  const known = buildConnection('inbound', { port, peer: 'cluster.local/ns/default/sa/ratings' });
  const stranger = buildConnection('inbound', { port });
  const kept = () => [keeps(known), keeps(stranger)];
  assert.deepEqual(kept(), [true, true]);
  active = withPolicies();
  assert.deepEqual(kept(), [true, true]);
  active = withPolicies(ratings);
  assert.deepEqual(kept(), [true, false]);
  active = activate(buildSnapshot({}));
  assert.deepEqual(kept(), [false, false]);
});
