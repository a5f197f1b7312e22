import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { logLine } from '../../src/runtime/log-line.ts';
import { systemClock, systemRandom } from '../../src/runtime/system.ts';

describe('the clock of the machine', () => {
  test('sleeps and goes on', async () => {
    const before = systemClock.now();
    await systemClock.sleep(2);
    assert.ok(systemClock.now() >= before);
  });

  test('wakes with the reason of the signal', async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(sleep, /enough/);
    await assert.rejects(systemClock.sleep(60_000, stop.signal), /enough/);
  });

  test('sleeps longer than a timer can', async () => {
    const stop = new AbortController();
    const sleep = systemClock.sleep(2 ** 40, stop.signal);
    setImmediate(() => stop.abort(new Error('enough')));
    await assert.rejects(sleep, /enough/);
  });

  test('an alarm rings once, and not at all when it was cancelled', async () => {
    const rung: string[] = [];
    const cancelled = systemClock.alarm?.(1, () => rung.push('cancelled'));
    await new Promise<void>((resolve) => {
      const alarm = systemClock.alarm?.(2, () => {
        rung.push('rung');
        alarm?.cancel();
        resolve();
      });
      cancelled?.cancel();
      cancelled?.cancel();
    });
    assert.deepEqual(rung, ['rung']);
  });

  test('an alarm waits longer than a timer can', async () => {
    let rang = false;
    const alarm = systemClock.alarm?.(2 ** 40, () => {
      rang = true;
    });
    await systemClock.sleep(5);
    alarm?.cancel();
    assert.equal(rang, false);
  });
});

describe('the randomness of the machine', () => {
  test('draws numbers from 0 to below 1, spread evenly', () => {
    const buckets = new Uint32Array(10);
    for (let draw = 0; draw < 20_000; draw++) {
      const unit = systemRandom.unit();
      assert.ok(unit >= 0 && unit < 1);
      buckets[Math.floor(unit * 10)] = (buckets[Math.floor(unit * 10)] ?? 0) + 1;
    }
    // Ten standard deviations around 2000.
    for (const count of buckets) assert.ok(count > 1500 && count < 2500, String(count));
  });

  test('gives any number of bytes', () => {
    assert.equal(systemRandom.bytes(0).length, 0);
    const bytes = systemRandom.bytes(200_000);
    assert.equal(bytes.length, 200_000);
    assert.ok(bytes.subarray(-1000).some((byte) => byte !== 0));
  });
});

test('no two ids are alike, however many come from one pool', () => {
  const ids = new Set<string>();
  for (let i = 0; i < 5000; i++)
    ids.add(Buffer.from(systemRandom.bytes(1 + (i % 32) + (i % 32 < 12 ? 12 : 0))).toString('hex'));
  assert.equal(ids.size, 5000);
});

describe('a log line', () => {
  test('is one line of JSON with time, level and event first', () => {
    const line = logLine('warn', 'store.down', { attempt: 2, event: 'forged' }, 0);
    assert.equal(
      line,
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"store.down","attempt":2}\n',
    );
  });

  test('carries no control character and no endless value', () => {
    const text = 'a\nb\u001b[31m\u007f\u009b\u2028';
    const line = logLine('info', 'x', { text, long: 'y'.repeat(10_000) }, 0);
    assert.match(line, /^[\u0020-\u007e…]+\n$/);
    assert.equal(JSON.parse(line).text, text);
    assert.ok(line.length < 4300);
  });

  test('renders errors, big integers and circles', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    assert.match(
      logLine('error', 'x', { error: Object.assign(new Error('no'), { code: 'E' }), n: 1n }, 0),
      /"no \(E\)","n":"1"/,
    );
    assert.match(logLine('error', 'x', circle, 0), /"event":"x","fields":"circular"/);
  });
});
