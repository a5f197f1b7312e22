import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registration } from '../../sidecar/registration.ts';
import type { Call } from '../../src/runtime/control/control-connection.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { ManualClock } from '../support/scripted-transport.ts';

/** A control that answers each call when the test says so. */
function heldControl() {
  const begun: string[] = [];
  const answers: (() => void)[] = [];
  const call = ({ method }: Call): Promise<undefined> => {
    begun.push(method);
    return new Promise((resolve) => answers.push(() => resolve(undefined)));
  };
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, answer, control: { call, nonce: () => 'n'.repeat(22) } };
}

function registration() {
  const { control, ...held } = heldControl();
  const place = { address: '127.0.0.1', port: 1, runtime: 'node 26', revision: 1 };
  const facts = () => ({ namespace: 'default', workload: 'a-v1', ...place });
  return { ...held, registration: new Registration(control, facts, new RememberedLog()) };
}

test('a withdrawal waits for the announcement under way, so that it has the last word', async () => {
  const { begun, answer, registration: own } = registration();
  const announced = own.announce();
  await new Promise((resolve) => setImmediate(resolve));
  const withdrawn = own.withdraw();
  assert.deepEqual(begun, ['PUT']);
  await answer();
  assert.deepEqual(begun, ['PUT', 'DELETE']);
  await answer();
  await Promise.all([announced, withdrawn]);
});

test('nothing is announced after a withdrawal, not even what waited before it', async () => {
  const { begun, answer, registration: own } = registration();
  const first = own.announce();
  await new Promise((resolve) => setImmediate(resolve));
  const waiting = own.announce();
  const withdrawn = own.withdraw();
  const late = own.announce();
  for (let i = 0; i < 3; i++) await answer();
  await answer();
  await Promise.all([first, waiting, withdrawn, late]);
  assert.deepEqual(begun, ['PUT', 'DELETE']);
});

test('a renewal that comes due after the withdrawal is not sent', async () => {
  const { begun, answer, registration: own } = registration();
  const clock = new ManualClock();
  const stop = new AbortController();
  const kept = own.keep(clock, stop.signal);
  const withdrawn = own.withdraw();
  await clock.pass(5000);
  await answer();
  stop.abort();
  await Promise.all([kept, withdrawn]);
  assert.deepEqual(begun, ['DELETE']);
});
