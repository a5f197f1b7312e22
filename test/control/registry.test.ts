import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Registration, RegistrationRefused, Registry } from '../../control/registry.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { serviceOf } from '../support/control-parts.ts';
import { resourcesOf } from '../support/parsed.ts';
import { ManualClock } from '../support/scripted-transport.ts';

const LEASE = 15_000;
const YAML = [serviceOf('a'), serviceOf('b')].join('---');
const [a, b] = ['a', 'b'].map((account) => workloadId('cluster.local', 'default', account));

function registryOf(yaml = YAML) {
  const clock = new ManualClock();
  const registry = new Registry(clock, 'cluster.local', LEASE);
  registry.configure(resourcesOf(yaml));
  return { clock, registry };
}

function of(workload: string, instance: string, port = 15006): Registration {
  const place = { address: '127.0.0.1', port, revision: 1, runtime: 'node 26' };
  return { instance, namespace: 'default', workload: `${workload}-v1`, ...place };
}

test('a lease is renewed and taken out only by the workload that holds it', () => {
  assert.ok(a && b);
  const { registry } = registryOf();
  assert.equal(registry.register(of('a', 'x'), a), true);
  assert.equal(registry.register(of('a', 'x'), a), false);
  assert.throws(() => registry.register(of('b', 'x'), b), RegistrationRefused);
  assert.throws(() => registry.deregister('x', b), RegistrationRefused);
  assert.deepEqual(
    registry.leases.map(({ workload, owner }) => [workload, owner]),
    [['a-v1', 'spiffe://cluster.local/ns/default/sa/a']],
  );
  assert.equal(registry.deregister('x', a), true);
  assert.equal(registry.deregister('x', a), false);
});

test('two workloads of one account do not take each other’s leases', () => {
  assert.ok(a);
  const second = serviceOf('a').replaceAll('a-v1', 'a-v2');
  const { registry } = registryOf(`${serviceOf('a')}---${second.split('---')[1]}`);
  registry.register(of('a', 'x'), a);
  assert.throws(() => registry.register({ ...of('a', 'x'), workload: 'a-v2' }, a), RegistrationRefused);
});

test('who opens a port takes the place of whoever had it, where both are of one workload', () => {
  assert.ok(a && b);
  const { registry } = registryOf();
  registry.register(of('a', 'killed'), a);
  registry.register(of('a', 'elsewhere', 15007), a);
  registry.register(of('b', 'another'), b);
  assert.equal(registry.register(of('a', 'again'), a), true);
  assert.deepEqual(
    registry.leases.map(({ instance }) => instance),
    ['elsewhere', 'another', 'again'],
  );
  assert.equal(registry.deregister('killed', a), false);
});

test('names of instances are checked, and an identity has at most 1,000 of them', () => {
  assert.ok(a && b);
  const { registry } = registryOf();
  for (const name of ['', 'a b', 'a/b', 'a\n', 'ü', 'x'.repeat(129)])
    assert.throws(() => registry.register(of('a', name), a), RegistrationRefused, name);
  for (let i = 0; i < 1000; i++) registry.register(of('a', `x${i}`, 1000 + i), a);
  assert.throws(() => registry.register(of('a', 'one-more', 2), a), /1000 instances/);
  registry.register(of('a', 'x7', 1007), a);
  registry.register(of('b', 'y'), b);
});

test('a lease lapses by the time that passes, not by a step of the wall clock', async () => {
  assert.ok(a);
  const { clock, registry } = registryOf();
  let wall = 1_000_000;
  clock.now = () => wall;
  registry.register(of('a', 'x'), a);
  wall += 86_400_000;
  assert.equal(registry.sweep(), false);
  await clock.pass(LEASE - 1);
  assert.equal(registry.sweep(), false);
  await clock.pass(1);
  assert.equal(registry.sweep(), true);
  assert.deepEqual(registry.leases, []);
});

test('after a pause longer than a lease the instances get a lease’s time to be heard', async () => {
  assert.ok(a);
  const { clock, registry } = registryOf();
  registry.register(of('a', 'x'), a);
  registry.register(of('a', 'y', 15007), a);
  await clock.pass(10 * LEASE);
  assert.equal(registry.sweep(), false);
  await clock.pass(LEASE - 1);
  registry.register(of('a', 'x'), a);
  assert.equal(registry.sweep(), false);
  await clock.pass(1);
  assert.equal(registry.sweep(), true);
  assert.deepEqual(
    registry.leases.map(({ instance }) => instance),
    ['x'],
  );
});

test('plaintext is offered for exactly the service ports of the sidecar’s first listener', () => {
  assert.ok(a);
  const many = serviceOf('a', [
    [80, 8080],
    [81, 7000],
    [82, 8080],
    [83, 7000],
  ]);
  const { registry } = registryOf(many);
  registry.register(of('a', 'x'), a);
  const [endpoint] = registry.endpoints().get('a.default.svc.cluster.local') ?? [];
  const { snapshots } = compileMesh(resourcesOf(many), meshSettings);
  const sidecar = snapshots.find(({ target }) => target.name === 'a-v1');
  const first = sidecar?.inbound[0]?.servicePorts.map(({ port }) => port);
  assert.deepEqual(endpoint?.plaintextPorts, [81, 83]);
  assert.deepEqual(first, [81, 83]);
  assert.deepEqual(
    endpoint?.ports.map(([port]) => port),
    [80, 81, 82, 83],
  );
});

test('where an instance takes signed requests stands in its endpoints, and a change there is one', () => {
  assert.ok(a);
  const { registry } = registryOf();
  const edge = { host: 'localhost', port: 15008 };
  registry.register(of('a', 'x'), a);
  assert.equal(registry.register({ ...of('a', 'x'), edge }, a), true);
  assert.equal(registry.register({ ...of('a', 'x'), edge: { ...edge } }, a), false);
  const [endpoint] = [...registry.endpoints().values()].flat();
  assert.deepEqual(endpoint?.edge, edge);
  assert.equal(registry.register(of('a', 'x'), a), true);
});
