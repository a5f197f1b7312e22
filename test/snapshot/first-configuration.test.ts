import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { firstConfiguration } from '../../src/snapshot/first-configuration.ts';
import { logRejection } from '../../src/snapshot/log-rejection.ts';
import { keptKeys } from '../../src/snapshot/pinned-keys.ts';
import { generateSigningJwk, publicJwk, thumbprint } from '../../src/snapshot/signing-key.ts';
import type { RefreshResult } from '../../src/snapshot/subscribe.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { ManualClock } from '../support/scripted-transport.ts';

/** A subscriber whose own store has `kept`, and whose control answers like `refresh`. */
function start(kept: number, refresh: (found: (revision: number) => void) => Promise<RefreshResult>) {
  const [clock, log] = [new ManualClock(), new RememberedLog()];
  let revision = 0;
  const subscriber = {
    get revision() {
      return revision;
    },
    restore: async (): Promise<RefreshResult> => {
      revision = kept;
      return kept > 0 ? 'updated' : 'current';
    },
    refresh: () =>
      refresh((found) => {
        revision = found;
      }),
  };
  return { clock, log, subscriber, done: firstConfiguration(subscriber, { clock, log, what: 'workload' }) };
}

describe('the first configuration', () => {
  test('is what control has', async () => {
    for (const kept of [0, 3]) {
      const { subscriber, log, done } = start(kept, async (found) => {
        found(4);
        return 'updated';
      });
      await done;
      assert.equal(subscriber.revision, 4);
      assert.deepEqual(log.events, []);
    }
  });

  test('is the last known good while control is away, or does not answer in time', async () => {
    const away = start(3, async () => 'rejected');
    await away.done;
    assert.equal(away.subscriber.revision, 3);
    const silent = start(3, () => new Promise(() => undefined));
    await silent.clock.pass(0);
    await silent.clock.pass(2000);
    await silent.done;
    assert.deepEqual(silent.log.events, ['warn serving last known good']);
  });

  test('is missed loudly where there is neither', async () => {
    await assert.rejects(start(0, async () => 'rejected').done, /no configuration for this workload/);
  });
});

test('a store that is away is told as an outage where something is in force', () => {
  const log = new RememberedLog();
  logRejection(log, 3, 'E_STORE', 'down');
  logRejection(log, 0, 'E_STORE', 'down');
  logRejection(log, 3, 'E_SIG', 'forged');
  assert.deepEqual(log.events, [
    'warn serving last known good',
    'warn configuration refused',
    'warn configuration refused',
  ]);
});

describe('pinned keys', () => {
  const keySet = async () => {
    const key = publicJwk(await generateSigningJwk());
    return { set: { keys: [key] }, pin: await thumbprint(key) };
  };

  test('are asked for once, and kept for a start without control', async () => {
    const [own, { set, pin }] = [new MemoryStore(), await keySet()];
    let asked = 0;
    const ask = async () => {
      asked++;
      return set;
    };
    for (let i = 0; i < 3; i++) assert.equal((await keptKeys(own, ask, [pin])).length, 1);
    assert.equal(asked, 1);
  });

  test('are asked for again where the kept ones are not all of them, or are broken', async () => {
    const [first, second] = [await keySet(), await keySet()];
    const both = { keys: [...first.set.keys, ...second.set.keys] };
    for (const bytes of [JSON.stringify(first.set), '{', '{}']) {
      const own = new MemoryStore();
      await own.put('keys', new TextEncoder().encode(bytes));
      assert.equal((await keptKeys(own, async () => both, [first.pin, second.pin])).length, 2);
    }
  });

  test('that nobody pinned are refused, wherever they come from', async () => {
    const [own, { set }, { pin }] = [new MemoryStore(), await keySet(), await keySet()];
    await own.put('keys', new TextEncoder().encode(JSON.stringify(set)));
    await assert.rejects(
      keptKeys(own, async () => set, [pin]),
      /none of the signing keys/,
    );
  });
});
