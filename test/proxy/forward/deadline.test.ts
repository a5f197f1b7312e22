import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deadline } from '../../../src/proxy/forward/deadline.ts';
import { type Alarm, Canceller, type Clock } from '../../../src/runtime/ports.ts';

/** A clock that moves when the test says so. */
class TestClock {
  time = 0;
  readonly #due = new Set<{ readonly at: number; readonly ring: () => void }>();

  /** Alarms that neither rang nor were cancelled. */
  get waiting(): number {
    return this.#due.size;
  }

  alarm(ms: number, ring: () => void): Alarm {
    const one = { at: this.time + ms, ring };
    this.#due.add(one);
    return { cancel: () => void this.#due.delete(one) };
  }

  sleep(ms: number, signal: Canceller): Promise<void> {
    return new Promise((resolve, reject) => {
      const alarm = this.alarm(ms, resolve);
      signal.addEventListener('abort', () => {
        alarm.cancel();
        reject(signal.reason);
      });
    });
  }

  async pass(ms: number): Promise<void> {
    this.time += ms;
    for (const one of this.#due) {
      if (one.at > this.time || !this.#due.delete(one)) continue;
      one.ring();
    }
    await new Promise(setImmediate);
  }
}

const kinds: readonly (readonly [string, (clock: TestClock) => Clock])[] = [
  [
    'a clock with alarms',
    (clock) => ({
      now: () => clock.time,
      monotonic: () => clock.time,
      sleep: () => Promise.reject(new Error('nobody sleeps')),
      alarm: (ms, ring) => clock.alarm(ms, ring),
    }),
  ],
  [
    'a clock that can only sleep',
    (clock) => ({
      now: () => clock.time,
      monotonic: () => clock.time,
      sleep: (ms, signal) => clock.sleep(ms, signal as Canceller),
    }),
  ],
];

for (const [name, clockOf] of kinds) {
  describe(`a deadline by ${name}`, () => {
    test('expires on time, and says so', async () => {
      const clock = new TestClock();
      const deadline = new Deadline(clockOf(clock), 100, undefined);
      await clock.pass(99);
      assert.equal(deadline.signal.aborted, false);
      await clock.pass(1);
      assert.equal(deadline.signal.aborted, true);
      assert.equal(deadline.expired, true);
    });

    test('never expires once it was cancelled, and keeps nothing waiting', async () => {
      const clock = new TestClock();
      const parent = new Canceller();
      const deadline = new Deadline(clockOf(clock), 100, parent);
      deadline.cancel();
      deadline.cancel();
      assert.equal(clock.waiting, 0);
      await clock.pass(200);
      parent.abort();
      assert.equal(deadline.signal.aborted, false);
      assert.equal(deadline.expired, false);
    });

    test('lets its parent through when it was disarmed, and tells the two apart', async () => {
      const clock = new TestClock();
      const parent = new Canceller();
      const deadline = new Deadline(clockOf(clock), 100, parent);
      deadline.disarm();
      await clock.pass(200);
      assert.equal(deadline.signal.aborted, false);
      parent.abort('gone');
      assert.equal(deadline.signal.aborted, true);
      assert.equal(deadline.signal.reason, 'gone');
      assert.equal(deadline.expired, false);
    });
  });
}
