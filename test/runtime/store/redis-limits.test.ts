import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { parseRedisAddress, redisAddress } from '../../../src/runtime/store/redis-address.ts';
import { RedisLimits } from '../../../src/runtime/store/redis-limits.ts';
import { RedisError, RedisReplies } from '../../../src/runtime/store/redis-reply.ts';
import { limitStoreCases } from '../../support/limit-store-suite.ts';
import { missingRedis, RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const rate = { intervalMs: 3_600_000, burst: 1 };

describe('limits in Redis', { skip: missingRedis() }, () => {
  let redis: RedisServer;
  let store: RedisLimits;
  before(async () => {
    redis = await RedisServer.start('a p@ss');
    store = new RedisLimits({ ...parseRedisAddress(redis.url.replace('a p@ss', 'a%20p%40ss')), database: 3 });
  });
  after(async () => {
    store?.close();
    await redis?.stop();
  });

  for (const [number, { name, run }] of limitStoreCases.entries())
    test(name, () => run(store, (what) => `${number}/${what}`));

  test('two processes share a bucket', async () => {
    const other = new RedisLimits({
      ...parseRedisAddress(redis.url.replace('a p@ss', 'a%20p%40ss')),
      database: 3,
    });
    assert.equal((await store.take('shared', rate)).granted, true);
    assert.equal((await other.take('shared', rate)).granted, false);
    other.close();
  });

  test('a wrong password is told, and asked for again only after a while', async () => {
    const wrong = new RedisLimits(parseRedisAddress(redis.url.replace('a p@ss', 'wrong')));
    await assert.rejects(wrong.take('a', rate), /WRONGPASS|NOAUTH/);
    await assert.rejects(wrong.take('a', rate), /WRONGPASS|NOAUTH/);
    wrong.close();
  });

  test('while it is away takes fail at once, and when it is back they are granted', async () => {
    await store.take('before', rate);
    await redis.pause();
    await until('it is known to be away', () =>
      store.take('during', rate).then(
        () => undefined,
        (error: Error) => (/away/.test(error.message) ? true : undefined),
      ),
    );
    await redis.resume();
    const taken = await until('it is back', () => store.take('after', rate).catch(() => undefined));
    assert.equal(taken.granted, true);
  });
});

describe('a server that is no Redis', () => {
  let server: Server;
  let answer = '';
  before(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => server.close());

  const cases: readonly (readonly [string, RegExp])[] = [
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /not Redis/],
    [`$70000\r\n`, /too long/],
    [`+${'x'.repeat(70_000)}`, /too long/],
    ['+OK\r\n', /something else/],
    ['*2\r\n:1\r\n$2\r\n-1\r\n', /something else/],
    ['-ERR unknown command\r\n', /unknown command/],
  ];
  for (const [text, expected] of cases)
    test(`${JSON.stringify(text.slice(0, 30))} is an error`, async () => {
      answer = text;
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const store = new RedisLimits(parseRedisAddress(`redis://127.0.0.1:${port}`));
      await assert.rejects(store.take('a', rate), expected);
      store.close();
    });
});

describe('replies of Redis', () => {
  const whole = '+OK\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*2\r\n:1\r\n*1\r\n$0\r\n\r\n-ERR no\r\n';
  const expected = ['OK', -7, 'a\r\nbc', undefined, [1, ['']], new RedisError('ERR no')];

  test('are read in whatever pieces they come', () => {
    for (let cut = 1; cut < whole.length; cut++) {
      const replies = new RedisReplies();
      const pieces = [whole.slice(0, cut), whole.slice(cut)];
      assert.deepEqual(
        pieces.flatMap((piece) => replies.push(Buffer.from(piece))),
        expected,
      );
    }
    const replies = new RedisReplies();
    assert.deepEqual(
      [...whole].flatMap((piece) => replies.push(Buffer.from(piece))),
      expected,
    );
  });

  test('are not nested without end', () => {
    assert.throws(() => new RedisReplies().push(Buffer.from('*1\r\n'.repeat(20))), /too long/);
  });
});

describe('addresses of Redis', () => {
  const none = { user: '', password: '', database: 0 };
  const right: readonly (readonly [string, object])[] = [
    ['redis://a', { ...none, host: 'a', port: 6379, tls: false }],
    ['rediss://u:p%3A@a.b:1/7', { host: 'a.b', port: 1, tls: true, user: 'u', password: 'p:', database: 7 }],
    ['redis://[::1]:2', { ...none, host: '::1', port: 2, tls: false }],
  ];
  for (const [text, address] of right) test(text, () => assert.deepEqual(parseRedisAddress(text), address));

  for (const text of ['', 'a:6379', 'http://a', 'redis://', 'redis://a/b', 'redis://a/1?x=secret'])
    test(`${text || 'nothing'} is none`, () =>
      assert.throws(() => parseRedisAddress(text), /must be redis:/));

  test('an error does not tell the password', () => {
    const error = (() => {
      try {
        return redisAddress({ WEFT_RATE_LIMIT_REDIS: 'redis://u:secret@a/b' });
      } catch (caught) {
        return String(caught);
      }
    })();
    assert.match(String(error), /^Error: WEFT_RATE_LIMIT_REDIS must be/);
    assert.ok(!String(error).includes('secret'));
  });
});
