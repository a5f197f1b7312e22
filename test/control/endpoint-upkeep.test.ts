import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointUpkeep } from '../../control/endpoint-upkeep.ts';
import { ManualClock } from '../support/scripted-transport.ts';

function upkeep(from = 0) {
  const clock = new ManualClock();
  const state = { lapsed: false, whole: true, broken: false, published: 0 };
  const registry = { sweep: () => state.lapsed, endpoints: () => new Map() };
  const publish = async () => {
    if (state.broken) throw new Error('disk full');
    state.published++;
  };
  const parts = { registry, publish, clock, from: clock.monotonic() + from, whole: () => state.whole };
  return { clock, state, endpoints: new EndpointUpkeep(parts) };
}

test('after a restart the endpoints are published as soon as they may be, whether or not anything changes', async () => {
  const { clock, state, endpoints } = upkeep(15_000);
  await endpoints.changed();
  await clock.pass(14_999);
  await endpoints.sweep();
  assert.equal(state.published, 0);
  await clock.pass(1);
  await endpoints.sweep();
  await endpoints.sweep();
  assert.equal(state.published, 1);
});

test('a lease that lapsed and a change are published', async () => {
  const { state, endpoints } = upkeep();
  await endpoints.changed();
  state.lapsed = true;
  await endpoints.sweep();
  assert.equal(state.published, 2);
});

test('what could not be published is tried again by the next sweep', async () => {
  const { state, endpoints } = upkeep();
  state.broken = true;
  await assert.rejects(endpoints.changed());
  state.broken = false;
  await endpoints.sweep();
  assert.equal(state.published, 1);
});

test('nothing is published from half a configuration', async () => {
  const { state, endpoints } = upkeep();
  state.whole = false;
  await endpoints.changed();
  assert.equal(state.published, 0);
  state.whole = true;
  await endpoints.sweep();
  assert.equal(state.published, 1);
});
