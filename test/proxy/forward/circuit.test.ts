import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuit } from '../../../src/proxy/forward/circuit.ts';
import { CircuitUse } from '../../../src/proxy/forward/circuit-use.ts';

test('requests beyond the connections wait in turn, and beyond those nobody does', async () => {
  const circuit = new Circuit({ maxConnections: 1, maxPendingRequests: 2 });
  assert.ok(circuit.enter());
  const order: string[] = [];
  const waiting = ['a', 'b'].map((name) =>
    circuit.wait(undefined).then((what) => order.push(`${name} ${what}`)),
  );
  assert.equal(await circuit.wait(undefined), 'overflow');
  assert.deepEqual([circuit.active, circuit.pending], [1, 2]);
  circuit.leave();
  await waiting[0];
  circuit.leave();
  await waiting[1];
  assert.deepEqual(order, ['a in', 'b in']);
  circuit.leave();
  assert.deepEqual([circuit.active, circuit.pending], [0, 0]);
});

test('who gives up frees its place in the queue', async () => {
  const circuit = new Circuit({ maxConnections: 1, maxPendingRequests: 1 });
  circuit.enter();
  const gone = new AbortController();
  const waiting = circuit.wait(gone.signal);
  gone.abort();
  assert.equal(await waiting, 'gone');
  assert.equal(circuit.pending, 0);
  assert.equal(await circuit.wait(gone.signal), 'gone');
});

test('maxRequests holds for every protocol and lets nobody wait', async () => {
  const circuit = new Circuit({ maxConnections: 1, maxRequests: 2 });
  assert.ok(circuit.enterShared());
  assert.ok(circuit.enterShared());
  assert.ok(!circuit.enterShared());
  assert.equal(await circuit.wait(undefined), 'overflow');
});

test('more generous limits let in who waits', async () => {
  const circuit = new Circuit({ maxConnections: 1 });
  circuit.enter();
  const waiting = circuit.wait(undefined);
  circuit.limits = { maxConnections: 2 };
  assert.equal(await waiting, 'in');
});

test('what a request took it gives back once', async () => {
  const circuit = new Circuit({ maxConnections: 2, maxRetries: 1 });
  const use = new CircuitUse(circuit, 'alone');
  const other = new CircuitUse(circuit, 'alone');
  assert.equal(await use.enter(undefined), 'in');
  assert.deepEqual([use.beginRetry(), other.beginRetry()], [true, false]);
  use.leave();
  use.leave();
  use.endRetry();
  other.endRetry();
  assert.deepEqual([circuit.active, other.beginRetry()], [0, true]);
});
