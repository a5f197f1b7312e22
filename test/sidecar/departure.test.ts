import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Departure } from '../../sidecar/departure.ts';
import { drainTimes } from '../../sidecar/drain-times.ts';
import { sidecarOptions } from '../../sidecar/options.ts';
import type { Registration } from '../../sidecar/registration.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import type { Listening } from '../../src/runtime/sockets/listener.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { ManualClock } from '../support/scripted-transport.ts';

function departing(withdraw: () => Promise<void>, arrivals: () => number = () => 0) {
  const [clock, events] = [new ManualClock(), [] as string[]];
  const port = (name: string) =>
    ({
      get arrivals() {
        return arrivals();
      },
      retire: () => void events.push(`${name} retires`),
      drain: async (ms: number) =>
        void events.push(`${name} drains`, ...(ms === Infinity ? ['without end'] : [])),
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
    times: { hearsayMs: 2000, exchangesMs: 5000 },
  };
  const departure = new Departure(parts);
  return { clock, events, departure, left: departure.close() };
}

test('after it has left the endpoints it serves on, asking clients not to come back, and only then drains', async () => {
  const { clock, events, left } = departing(async () => undefined);
  await clock.pass(1999);
  assert.deepEqual(events, ['inbound retires']);
  await clock.pass(2000);
  await left;
  assert.deepEqual(events, ['inbound retires', 'inbound drains', 'outbound drains']);
});

test('it serves on for as long as somebody new comes, who has not heard, but not without end', async () => {
  for (const [lastComesAt, closes] of [
    [0, 2000],
    [2400, 3000],
    [60_000, 16_500],
  ] as const) {
    let arrivals = 0;
    const { clock, events, left } = departing(
      async () => undefined,
      () => arrivals,
    );
    for (let now = 0; now < closes - 1; now += 100) {
      if (now > 0 && now <= lastComesAt) arrivals++;
      await clock.pass(Math.min(100, closes - 1 - now));
    }
    assert.deepEqual(events, ['inbound retires'], `until ${closes} ms`);
    await clock.pass(1);
    await left;
    assert.equal(events.at(-1), 'outbound drains');
  }
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

test('the inbound port is closed once, however often it is asked for', async () => {
  const { clock, events, departure, left } = departing(async () => undefined);
  for (const ms of [1500, 500]) await clock.pass(ms);
  await Promise.all([left, departure.closeInbound(), departure.closeInbound()]);
  assert.deepEqual(events, ['inbound retires', 'inbound drains', 'outbound drains']);
});

const settings: readonly (readonly [Record<string, string>, hearsayMs: number, exchangesMs: number])[] = [
  [{}, 2000, 5000],
  [{ MINIMUM_DRAIN_DURATION: '5s' }, 5000, 5000],
  [{ MINIMUM_DRAIN_DURATION: '1m30s', WEFT_DRAIN_MS: '7' }, 7, 5000],
  [{ TERMINATION_DRAIN_DURATION_SECONDS: '30' }, 2000, 30_000],
  [{ EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' }, 2000, Number.POSITIVE_INFINITY],
  [{ EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'false', MINIMUM_DRAIN_DURATION: '0s' }, 0, 5000],
];
for (const [env, hearsayMs, exchangesMs] of settings) {
  test(`${JSON.stringify(env)}: it serves on for ${hearsayMs} ms and waits ${exchangesMs} ms for exchanges`, () =>
    assert.deepEqual(drainTimes(env), { hearsayMs, exchangesMs }));
}

for (const [name, value] of [
  ['MINIMUM_DRAIN_DURATION', '5'],
  ['EXIT_ON_ZERO_ACTIVE_CONNECTIONS', 'maybe'],
  ['TERMINATION_DRAIN_DURATION_SECONDS', '5s'],
] as const) {
  test(`${name}=${value} is refused by name`, () =>
    assert.throws(() => drainTimes({ [name]: value }), new RegExp(`${name} must be`)));
}

test('WEFT_DRAIN_MS says how long it serves on', () => {
  const args = ['--join', 'x', '--app-port', '80'];
  const of = (ms?: string) =>
    sidecarOptions(args, { WEFT_PROXY_CREDENTIAL: 'c', ...(ms === undefined ? {} : { WEFT_DRAIN_MS: ms }) })
      .drain.hearsayMs;
  assert.deepEqual([of(), of('0'), of('500')], [2000, 0, 500]);
  for (const wrong of ['', '-1', '1.5', 'x', '100000']) assert.throws(() => of(wrong), /WEFT_DRAIN_MS/);
});
