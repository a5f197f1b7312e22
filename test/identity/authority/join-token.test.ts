import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type JoinReason, JoinRefused, JoinTokens } from '../../../src/identity/authority/join-token.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { NOON, testPorts } from '../../support/identity-mesh.ts';

const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };
const MINUTE = 60_000;

describe('JoinTokens', () => {
  let time: { now: number };
  let store: MemoryStore;
  let tokens: JoinTokens;

  beforeEach(() => {
    time = { now: NOON };
    store = new MemoryStore();
    tokens = new JoinTokens({ store, ...testPorts(time) });
  });

  async function refused(token: string, reason: JoinReason): Promise<void> {
    await assert.rejects(tokens.redeem(token), (error) => {
      assert.ok(error instanceof JoinRefused);
      assert.equal(error.message, 'join token refused');
      assert.equal(error.reason, reason);
      return true;
    });
  }

  test('grant the identity that they were minted for, once', async () => {
    const { token, expires } = await tokens.mint(grant, MINUTE);
    assert.equal(expires, NOON + MINUTE);
    assert.deepEqual(await tokens.redeem(token), grant);
    await refused(token, 'used');
  });

  test('grant exactly one of two at once, a hundred times', async () => {
    for (let round = 0; round < 100; round++) {
      const { token } = await tokens.mint(grant);
      const outcomes = await Promise.allSettled([tokens.redeem(token), tokens.redeem(token)]);
      assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
    }
  });

  test('grant exactly one of a hundred at once', async () => {
    const { token } = await tokens.mint(grant);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => tokens.redeem(token)));
    assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
    const reasons = outcomes.filter((one) => one.status === 'rejected').map(({ reason }) => reason.reason);
    assert.deepEqual([...new Set(reasons)], ['used']);
  });

  test('grant one in all over two authorities that share a store', async () => {
    const other = new JoinTokens({ store, ...testPorts(time) });
    const { token } = await tokens.mint(grant);
    const outcomes = await Promise.allSettled([tokens, other].map((one) => one.redeem(token)));
    assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
  });

  test('end at their time', async () => {
    const { token } = await tokens.mint(grant, MINUTE);
    time.now = NOON + MINUTE;
    await refused(token, 'expired');
  });

  test('are refused when they were not minted, changed or malformed', async () => {
    const { token } = await tokens.mint(grant);
    const [prefix, name = '', secret = ''] = token.split('.');
    const unknown = 'A'.repeat(16);
    const other = (await tokens.mint(grant)).token.split('.')[2];
    const cases: [string, JoinReason][] = [
      [`${prefix}.${unknown}.${secret}`, 'unknown'],
      [`${prefix}.${name}.${other}`, 'wrong_secret'],
      [`${prefix}.${name}.${'A'.repeat(43)}`, 'wrong_secret'],
      [`${prefix}.${name}.${secret}=`, 'malformed'],
      [`${prefix}.${name}.${secret.slice(1)}`, 'malformed'],
      [`${prefix}.${name}.${secret}.a`, 'malformed'],
      [`${prefix}.${name.slice(4)}.${secret}`, 'malformed'],
      [`${prefix}.../../../key.${secret}`, 'malformed'],
      [`other.${name}.${secret}`, 'malformed'],
      ['', 'malformed'],
      ['a'.repeat(1_000_000), 'malformed'],
    ];
    for (const [changed, reason] of cases) await refused(changed, reason);
    assert.deepEqual(await tokens.redeem(token), grant);
  });

  test('leave no secret in the store', async () => {
    const { token } = await tokens.mint(grant);
    const secret = token.split('.')[2] ?? '';
    for (const key of await store.list('')) {
      assert.ok(!key.includes(secret));
      assert.ok(!new TextDecoder().decode(await store.get(key)).includes(secret));
    }
  });

  test('live ten minutes at most, for an identity that is one', async () => {
    for (const life of [0, -1, 10 * MINUTE + 1, Number.NaN])
      await assert.rejects(tokens.mint(grant, life), RangeError);
    await assert.rejects(tokens.mint({ ...grant, namespace: 'a/b' }));
    await assert.rejects(tokens.mint({ ...grant, serviceAccount: '..' }));
    await assert.rejects(tokens.mint({ ...grant, workload: 'a\nb' }));
  });

  test('grant nothing from a record that is not ours', async () => {
    const { token } = await tokens.mint(grant);
    const [key = ''] = await store.list('join-token/');
    await store.put(key, new TextEncoder().encode('{"used":false}'));
    await refused(token, 'unknown');
  });

  test('are swept once they have expired', async () => {
    await tokens.mint(grant, MINUTE);
    const { token } = await tokens.mint(grant, 2 * MINUTE);
    time.now = NOON + MINUTE;
    await tokens.sweep();
    assert.equal((await store.list('join-token/')).length, 1);
    assert.deepEqual(await tokens.redeem(token), grant);
  });
});
