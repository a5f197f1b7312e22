import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeySet } from '../../../src/identity/jwt/key-set.ts';
import { RemoteKeys } from '../../../src/identity/jwt/remote-keys.ts';
import { TokenVerifier } from '../../../src/identity/jwt/token-verifier.ts';
import { type TokenIssuer, tokenIssuer } from '../../support/token-issuer.ts';

const issuer = await tokenIssuer();
const next = await tokenIssuer('ES256', 'key-2');
const demands = { issuer: 'https://issuer.example', audiences: [], spaceDelimitedClaims: [] };
const MINUTE = 60_000;

/** A source of keys whose clock and answers the test holds. */
class Source {
  now = 1_800_000_000_000;
  document: string | Error = issuer.keySet();
  readonly fetched: number[] = [];
  readonly failures: unknown[] = [];
  /** While set, answers wait. */
  held: Promise<void> | undefined;

  readonly keys = new RemoteKeys({
    source: { uri: 'https://issuer.example/jwks' },
    timeoutMs: 5000,
    fetch: async () => {
      this.fetched.push(this.now);
      await this.held;
      if (this.document instanceof Error) throw this.document;
      return this.document;
    },
    clock: { now: () => this.now, sleep: () => new Promise(() => undefined) },
    onFailure: (_, error) => this.failures.push(error),
  });

  readonly verifier = new TokenVerifier(demands, this.keys);

  async judge(by: TokenIssuer = issuer, kid?: string): Promise<string> {
    const claims = { iss: demands.issuer, sub: 'alice', exp: this.now / 1000 + 60, n: this.now };
    const verdict = await this.verifier.judge(
      await by.sign(claims, kid === undefined ? {} : { kid }),
      this.now,
    );
    return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
  }

  /** Fetches that began in the worst minute. */
  get busiest(): number {
    return Math.max(
      ...this.fetched.map((at) => this.fetched.filter((one) => one >= at && one < at + MINUTE).length),
    );
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const any = (keys: KeySet) => keys.size > 0;

describe('remote keys', () => {
  test('a hundred first tokens wait for one fetch', async () => {
    const source = new Source();
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => source.judge()));
    assert.deepEqual(new Set(verdicts), new Set(['verified']));
    assert.equal(source.fetched.length, 1);
  });

  test('an outage of an hour refuses no token', async () => {
    const source = new Source();
    assert.equal(await source.judge(), 'verified');
    source.document = new Error('down');
    for (let minute = 0; minute < 60; minute++) {
      source.now += MINUTE;
      assert.equal(await source.judge(), 'verified', `minute ${minute}`);
    }
    assert.ok(source.busiest <= 2);
    source.document = next.keySet();
    source.now += MINUTE;
    await source.judge();
    await settled();
    assert.equal(await source.judge(next), 'verified');
    assert.equal(await source.judge(), 'key_unknown');
  });

  test('keys of a day ago are not believed any more', async () => {
    const source = new Source();
    await source.judge();
    source.document = new Error('down');
    source.now += 24 * 60 * MINUTE;
    assert.equal(await source.judge(), 'keys_unavailable');
    assert.equal(source.keys.lease(source.now), undefined);
  });

  test('a source that never answered gives no key at all, and is not asked more than twice a minute', async () => {
    const source = new Source();
    source.document = new Error('down');
    for (let second = 0; second < 120; second++) {
      assert.equal(await source.judge(), 'keys_unavailable');
      source.now += 1000;
    }
    assert.ok(source.busiest <= 2, `${source.busiest}`);
    source.document = issuer.keySet();
    source.now += MINUTE;
    assert.equal(await source.judge(), 'verified');
  });

  test('a flood of unknown key ids asks at most twice a minute, and hinders no valid token', async () => {
    const source = new Source();
    await source.judge();
    for (let second = 0; second < 180; second++) {
      const flood = Array.from({ length: 20 }, (_, i) => source.judge(issuer, `made-up-${second}-${i}`));
      assert.deepEqual(new Set(await Promise.all(flood)), new Set(['key_unknown']));
      assert.equal(await source.judge(), 'verified');
      source.now += 1000;
    }
    assert.ok(source.busiest <= 2, `${source.busiest}`);
  });

  test('a new key is found when the first token names it', async () => {
    const source = new Source();
    await source.judge();
    source.document = issuer.keySet(next.jwk);
    assert.equal(await source.judge(next), 'verified');
    assert.equal(source.fetched.length, 2);
  });

  test('keys are renewed after 20 minutes while they are used', async () => {
    const source = new Source();
    await source.judge();
    const { promise, resolve } = Promise.withResolvers<void>();
    source.held = promise;
    source.document = next.keySet();
    source.now += 20 * MINUTE;
    assert.equal(await source.judge(), 'verified');
    resolve();
    await settled();
    assert.equal(await source.judge(next), 'verified');
  });

  test('a token that a withdrawn key verified is forgotten with it', async () => {
    const source = new Source();
    const token = await issuer.sign({ iss: demands.issuer, sub: 'alice' });
    await source.verifier.judge(token, source.now);
    assert.equal(source.verifier.known(token, source.now)?.kind, 'verified');
    source.document = next.keySet();
    source.now += 40 * MINUTE;
    await source.keys.keys(any);
    assert.equal(source.verifier.known(token, source.now), undefined);
  });

  test('what is no key set, or has no usable key, changes nothing', async () => {
    for (const document of [
      '',
      'oops',
      '[]',
      '{"keys":5}',
      '{"keys":[]}',
      '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}',
    ]) {
      const source = new Source();
      await source.judge();
      source.document = document;
      source.now += 40 * MINUTE;
      assert.equal(await source.judge(), 'verified', document);
      assert.equal(source.failures.length, 1, document);
    }
  });

  test('a source that hangs is waited for no longer than the timeout', async () => {
    const keys = new RemoteKeys({
      source: { uri: 'https://issuer.example/jwks' },
      timeoutMs: 5000,
      fetch: () => new Promise<string>(() => undefined),
      clock: { now: () => 0, sleep: async () => undefined },
    });
    assert.equal(await keys.keys(any), undefined);
  });

  test('without an address it is found by discovery, if that speaks of the issuer', async () => {
    const documents = new Map([
      [
        'https://a.example/.well-known/openid-configuration',
        { issuer: 'https://a.example', jwks_uri: 'https://k.example/' },
      ],
      [
        'https://b.example/.well-known/openid-configuration',
        { issuer: 'https://a.example', jwks_uri: 'https://k.example/' },
      ],
      ['https://c.example/.well-known/openid-configuration', { issuer: 'https://c.example' }],
    ]);
    const keysOf = (name: string) =>
      new RemoteKeys({
        source: { issuer: name },
        timeoutMs: 5000,
        fetch: async (uri) =>
          uri === 'https://k.example/' ? issuer.keySet() : JSON.stringify(documents.get(uri)),
        clock: { now: () => 0, sleep: () => new Promise(() => undefined) },
      }).keys(any);
    assert.equal((await keysOf('https://a.example'))?.size, 1);
    assert.equal(await keysOf('https://b.example'), undefined);
    assert.equal(await keysOf('https://c.example'), undefined);
    assert.equal(await keysOf('https://d.example'), undefined);
  });
});
