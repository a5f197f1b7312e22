import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NonceMemory } from '../../../src/identity/signature/nonce-memory.ts';
import { RequestVerifier } from '../../../src/identity/signature/request-verifier.ts';
import { parseRedisAddress } from '../../../src/runtime/store/redis-address.ts';
import { RedisNonces } from '../../../src/runtime/store/redis-nonces.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { missingRedis, RedisServer } from '../../support/redis-server.ts';
import { OWN_AUTHORITY, OWN_ID, SigningPair } from '../../support/signed-request.ts';

describe('nonces in Redis', { skip: missingRedis() }, () => {
  let redis: RedisServer;
  let pair: SigningPair;
  const open: RedisNonces[] = [];
  before(async () => {
    redis = await RedisServer.start('secret');
    pair = await SigningPair.create(Date.now());
  });
  after(async () => {
    for (const one of open) one.close();
    await redis?.stop();
  });

  /** A replica of the same workload behind the same name. */
  function replica(url = redis.url): RequestVerifier {
    const shared = new RedisNonces(parseRedisAddress(url), new RememberedLog());
    open.push(shared);
    const own = () => ({ id: OWN_ID, authority: OWN_AUTHORITY, startedAt: 0 });
    return new RequestVerifier(() => pair.trust, own, new NonceMemory(), shared);
  }

  test('a request is taken by one of two replicas, raced a hundred times', async () => {
    const [one, other] = [replica(), replica()];
    for (let i = 0; i < 100; i++) {
      const message = await pair.signed();
      const answers = await Promise.allSettled(
        [one, other].map((each) => each.verify(message, pair.time.now)),
      );
      const taken = answers.filter(({ status }) => status === 'fulfilled');
      assert.equal(taken.length, 1);
    }
  });

  test('a method that is safe asks no Redis, and while it is away the others are refused', async () => {
    const alone = replica('redis://127.0.0.1:1');
    const safe = await pair.signed((draft) => Object.assign(draft, { method: 'GET' }));
    await alone.verify(safe, pair.time.now);
    await assert.rejects(alone.verify(await pair.signed(), pair.time.now), { code: 'signature_overload' });
  });
});
