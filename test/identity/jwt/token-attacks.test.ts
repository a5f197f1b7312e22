import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inlineKeys } from '../../../src/identity/jwt/remote-keys.ts';
import { TokenVerifier } from '../../../src/identity/jwt/token-verifier.ts';
import { tokenIssuer } from '../../support/token-issuer.ts';
import { attacks, goodClaims } from './token-attacks.ts';

const now = 1_800_000_000;
const demands = { issuer: 'https://issuer.example', audiences: ['app'], spaceDelimitedClaims: ['scope'] };

const issuer = await tokenIssuer();
const attacker = await tokenIssuer('ES256', 'evil');
const verifier = new TokenVerifier(demands, inlineKeys(issuer.keySet()));
const all = await attacks({ issuer, attacker, now });

describe('attacks on tokens', () => {
  test('the token that they are made of counts', async () => {
    const verdict = await verifier.judge(await issuer.sign(goodClaims(now)), now * 1000);
    assert.equal(verdict.kind, 'verified');
  });

  test('there are at least 120, each by its own name', () => {
    assert.ok(all.length >= 120, `${all.length}`);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  });

  for (const { name, reason, token } of all) {
    test(`${name} is refused as ${reason}`, async () => {
      const verdict = await verifier.judge(token, now * 1000);
      assert.deepEqual(verdict, { kind: 'refused', reason });
      assert.equal(verifier.known(token, now * 1000), undefined);
    });
  }
});
