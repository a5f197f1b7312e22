import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../src/runtime/ports.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { type FollowOptions, follow } from '../../src/snapshot/follow.ts';
import type { RefreshResult } from '../../src/snapshot/subscribe.ts';

/** A clock that the test winds: it notes each sleep and lets it end at once, or only by its signal. */
class HandClock implements Clock {
  readonly sleeps: number[] = [];
  time = 0;
  patient = false;
  asleep = Promise.withResolvers<void>();
  now = (): number => this.time;
  monotonic = (): number => this.time;

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    this.asleep.resolve();
    if (!this.patient) return;
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  }
}

/** Answers a refresh with each of `results`, then ends the loop. */
function scripted(results: readonly RefreshResult[], unit = 0.5) {
  const stop = new AbortController();
  const clock = new HandClock();
  const answers = results.values();
  let left = results.length;
  const subscriber = {
    manifest: undefined,
    refresh: async (): Promise<RefreshResult> => {
      if (--left === 0) stop.abort();
      return answers.next().value ?? 'current';
    },
  };
  const random = { unit: () => unit, bytes: (length: number) => new Uint8Array(length) };
  const options: FollowOptions = { random, intervalMs: 10_000, signal: stop.signal };
  return { stop, clock, subscriber, options };
}

describe('follow', () => {
  test('reads at once and then at jittered intervals', async () => {
    for (const [unit, delay] of [
      [0, 5000],
      [0.5, 10_000],
      [0.75, 12_500],
    ] as const) {
      const { clock, subscriber, options } = scripted(['updated', 'current', 'current'], unit);
      await follow(subscriber, { get: async () => undefined }, clock, options);
      assert.deepEqual(clock.sleeps, [delay, delay]);
    }
  });

  test('backs off while things are refused, below a minute, and recovers', async () => {
    const script = [...Array<RefreshResult>(5).fill('rejected'), 'current', 'current'] as const;
    const { clock, subscriber, options } = scripted(script, 0.75);
    await follow(subscriber, { get: async () => undefined }, clock, options);
    assert.deepEqual(clock.sleeps, [15_000, 30_000, 45_000, 45_000, 45_000, 12_500]);
  });

  test('reads again when the store tells of a change', async () => {
    const store = new MemoryStore();
    const { clock, subscriber, options } = scripted(['current', 'current']);
    clock.patient = true;
    const done = follow(subscriber, store, clock, options);
    await clock.asleep.promise;
    await store.put('pointer', new Uint8Array(1));
    await done;
    assert.equal(clock.sleeps.length, 1);
  });

  test('does not miss a change during a refresh', async () => {
    const store = new MemoryStore();
    const { clock, subscriber, options } = scripted(['current', 'current']);
    clock.patient = true;
    const refresh = async (): Promise<RefreshResult> => {
      await store.put('pointer', new Uint8Array(1));
      return subscriber.refresh();
    };
    await follow({ manifest: undefined, refresh }, store, clock, options);
    assert.equal(clock.sleeps.length, 0);
  });

  test('ends by its signal, also in the middle of a pause or before the start', async () => {
    const { stop, clock, subscriber, options } = scripted(Array<RefreshResult>(9).fill('current'));
    clock.patient = true;
    const done = follow(subscriber, new MemoryStore(), clock, options);
    await clock.asleep.promise;
    stop.abort();
    await done;
    await follow(subscriber, new MemoryStore(), clock, options);
    assert.equal(clock.sleeps.length, 1);
  });

  test('C8 raises one alarm for a publication that has expired', async () => {
    const alarms: number[] = [];
    const { clock, subscriber, options } = scripted(Array<RefreshResult>(4).fill('current'));
    const manifest = { expires: 1 } as never;
    clock.time = 5;
    await follow({ refresh: subscriber.refresh, manifest }, { get: async () => undefined }, clock, {
      ...options,
      onExpired: (expires) => alarms.push(expires),
    });
    assert.deepEqual(alarms, [1]);
  });
});
