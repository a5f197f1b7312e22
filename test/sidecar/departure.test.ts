import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depart } from '../../sidecar/departure.ts';
import { sidecarOptions } from '../../sidecar/options.ts';
import type { Registration } from '../../sidecar/registration.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import type { Listening } from '../../src/runtime/sockets/listener.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { ManualClock } from '../support/scripted-transport.ts';

function departing(withdraw: () => Promise<void>) {
  const [clock, events] = [new ManualClock(), [] as string[]];
  const port = (name: string) =>
    ({
      retire: () => void events.push(`${name} retires`),
      drain: async () => void events.push(`${name} drains`),
    }) as unknown as Listening;
  const registration = { withdraw } as unknown as Registration;
  const [inbound, outbound] = [port('inbound'), port('outbound')];
  const parts = {
    state: new ProxyState(1),
    registration,
    inbound,
    outbound,
    clock,
    log: new RememberedLog(),
  };
  return { clock, events, left: depart({ ...parts, hearsayMs: 2000 }) };
}

test('after it has left the endpoints it serves on, asking clients not to come back, and only then drains', async () => {
  const { clock, events, left } = departing(async () => undefined);
  await clock.pass(1999);
  assert.deepEqual(events, ['inbound retires']);
  await clock.pass(2000);
  await left;
  assert.deepEqual(events, ['inbound retires', 'inbound drains', 'outbound drains']);
});

test('it waits for nobody to hear where control is gone', async () => {
  const { events, left } = departing(() => Promise.reject(new Error('ECONNREFUSED')));
  await left;
  assert.deepEqual(events, ['inbound retires', 'inbound drains', 'outbound drains']);
});

test('a control that does not answer holds it up for two seconds', async () => {
  const { clock, events, left } = departing(() => new Promise(() => undefined));
  await clock.pass(1999);
  assert.deepEqual(events, []);
  await clock.pass(1);
  await left;
  assert.equal(events.at(-1), 'outbound drains');
});

test('WEFT_DRAIN_MS says how long it serves on', () => {
  const args = ['--join', 'x', '--app-port', '80'];
  const of = (ms?: string) =>
    sidecarOptions(args, { WEFT_PROXY_CREDENTIAL: 'c', ...(ms === undefined ? {} : { WEFT_DRAIN_MS: ms }) })
      .drainMs;
  assert.deepEqual([of(), of('0'), of('500')], [2000, 0, 500]);
  for (const wrong of ['', '-1', '1.5', 'x', '100000']) assert.throws(() => of(wrong), /WEFT_DRAIN_MS/);
});
