import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeySet } from '../../../src/identity/jwt/key-set.ts';
import { issueJwtSvid } from '../../../src/identity/jwt-svid/issue-jwt-svid.ts';
import { openJwtKeys, rotatedJwtKeys } from '../../../src/identity/jwt-svid/jwt-keys.ts';
import { jwtSvidKeys, spiffeBundle } from '../../../src/identity/jwt-svid/spiffe-bundle.ts';
import { type JwtSvidCheck, verifyJwtSvid } from '../../../src/identity/jwt-svid/verify-jwt-svid.ts';
import { ReplayCache } from '../../../src/identity/replay-cache.ts';
import { parseSpiffeId } from '../../../src/identity/spiffe.ts';
import { NOON, testAuthority } from '../../support/identity-mesh.ts';
import { base64Url, tokenIssuer } from '../../support/token-issuer.ts';

const NOW = Math.floor(NOON / 1000);
const sub = 'spiffe://cluster.local/ns/default/sa/reviews';
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'] as const;
const issuers = new Map(
  await Promise.all(ALGORITHMS.map(async (alg) => [alg, await tokenIssuer(alg, alg)] as const)),
);
const ed25519 = await tokenIssuer('EdDSA', 'ed');
const foreign = await tokenIssuer('ES256', 'foreign');
const es256 = issuers.get('ES256') ?? assert.fail();

const keySet = (jwks: readonly object[]) =>
  KeySet.parse(JSON.stringify({ keys: jwks }), false) ?? assert.fail();
const check: JwtSvidCheck = {
  keys: new Map([
    ['cluster.local', keySet([...issuers.values(), ed25519].map(({ jwk }) => jwk))],
    ['partner.example', keySet([foreign.jwk])],
  ]),
  audience: 'spiffe://cluster.local/ns/default/sa/ratings',
  now: NOON,
};
type Claims = Record<string, unknown>;
const claims = (change: Claims = {}): Claims => ({
  sub,
  aud: [check.audience],
  iat: NOW,
  exp: NOW + 300,
  ...change,
});
const sign = (change: Claims = {}, header: Claims = {}) => es256.sign(claims(change), header);
const spelt = (token: string, part: number, change: (text: string) => string) =>
  token
    .split('.')
    .map((one, i) => (i === part ? change(one) : one))
    .join('.');

const good: readonly [string, () => Promise<string>][] = [
  ...[...issuers].map(([alg, { sign }]): [string, () => Promise<string>] => [alg, () => sign(claims())]),
  ['typ JOSE', () => sign({}, { typ: 'JOSE' })],
  ['no typ', () => sign({}, { typ: undefined })],
  ['no kid', () => sign({}, { kid: undefined })],
  ['one audience as a text', () => sign({ aud: check.audience })],
  ['us among its audiences', () => sign({ aud: ['other', check.audience] })],
  ['claims of its own', () => sign({ iss: 'https://oidc.example', role: 'x', jti: 'a' })],
  ['a clock half a minute ahead', () => sign({ iat: NOW + 30, nbf: NOW + 30 })],
  ['the trust domain of a partner', () => foreign.sign(claims({ sub: 'spiffe://partner.example/a' }))],
];

const bad: readonly [string, () => Promise<string>, string][] = [
  ['nothing', async () => '', 'format'],
  ['the JSON serialisation', async () => JSON.stringify({ payload: 'e30', signatures: [] }), 'format'],
  ['five parts, as encrypted ones have', async () => `${await sign()}.a.b`, 'format'],
  [
    'alg none',
    async () => `${base64Url('{"alg":"none"}')}.${base64Url(JSON.stringify(claims()))}.`,
    'alg_unsupported',
  ],
  ['alg EdDSA', () => ed25519.sign(claims()), 'alg_not_allowed'],
  ['alg HS256', async () => spelt(await sign(), 0, () => base64Url('{"alg":"HS256"}')), 'alg_not_allowed'],
  [
    'alg es256 in small letters',
    async () => spelt(await sign(), 0, () => base64Url('{"alg":"es256"}')),
    'alg_unsupported',
  ],
  ['typ at+jwt', () => sign({}, { typ: 'at+jwt' }), 'header_typ'],
  ['typ jwt in small letters', () => sign({}, { typ: 'jwt' }), 'header_typ'],
  ['typ application/jwt', () => sign({}, { typ: 'application/jwt' }), 'header_typ'],
  ['jku', () => sign({}, { jku: 'https://evil.example/keys' }), 'header_member'],
  ['jwk', () => sign({}, { jwk: foreign.jwk }), 'header_member'],
  ['x5c', () => sign({}, { x5c: ['AAAA'] }), 'header_member'],
  ['x5u', () => sign({}, { x5u: 'https://evil.example' }), 'header_member'],
  ['x5t', () => sign({}, { x5t: 'AAAA' }), 'header_member'],
  ['cty', () => sign({}, { cty: 'json' }), 'header_member'],
  ['a header of its own', () => sign({}, { foo: 1 }), 'header_member'],
  [
    'crit',
    async () => spelt(await sign(), 0, () => base64Url('{"alg":"ES256","crit":["exp"],"exp":1}')),
    'header_critical',
  ],
  [
    'a second alg',
    async () => spelt(await sign(), 0, () => base64Url('{"alg":"ES256","alg":"RS256"}')),
    'header_json',
  ],
  ['padding', async () => spelt(await sign(), 1, (one) => `${one}=`), 'payload_base64'],
  ['no subject', () => sign({ sub: undefined }), 'subject'],
  ['a subject that is no SPIFFE ID', () => sign({ sub: 'reviews' }), 'subject'],
  ['a subject of https', () => sign({ sub: 'https://cluster.local/a' }), 'subject'],
  ['a trust domain for a subject', () => sign({ sub: 'spiffe://cluster.local' }), 'subject'],
  ['a subject with a slash too many', () => sign({ sub: `${sub}/` }), 'subject'],
  ['a subject with dots', () => sign({ sub: 'spiffe://cluster.local/../admin' }), 'subject'],
  ['a subject in percent signs', () => sign({ sub: 'spiffe://cluster.local/%61' }), 'subject'],
  ['a trust domain in capitals', () => sign({ sub: 'spiffe://Cluster.local/a' }), 'subject'],
  ['a subject that is a list', () => sign({ sub: [sub] }), 'claim_sub'],
  ['an unknown trust domain', () => sign({ sub: 'spiffe://evil.example/a' }), 'trust_domain'],
  [
    'the trust domain of a partner under our key',
    () => sign({ sub: 'spiffe://partner.example/a' }),
    'key_unknown',
  ],
  ['our trust domain under a partner’s key', () => foreign.sign(claims(), { kid: 'ES256' }), 'signature'],
  ['no audience', () => sign({ aud: undefined }), 'no_audience'],
  ['an empty list of audiences', () => sign({ aud: [] }), 'no_audience'],
  ['another audience', () => sign({ aud: ['other'] }), 'audience'],
  ['our audience with a slash more', () => sign({ aud: [`${check.audience}/`] }), 'audience'],
  ['an audience that is a number', () => sign({ aud: [1] }), 'claim_aud'],
  ['no exp', () => sign({ exp: undefined }), 'no_expiry'],
  ['exp as a text', () => sign({ exp: String(NOW + 300) }), 'claim_exp'],
  ['an exp that passed', () => sign({ exp: NOW - 61 }), 'expired'],
  ['an nbf in the future', () => sign({ nbf: NOW + 61 }), 'not_yet_valid'],
  ['an iat in the future', () => sign({ iat: NOW + 62 }), 'issued_later'],
  ['an unknown kid', () => sign({}, { kid: 'other' }), 'key_unknown'],
  [
    'the alg of another key',
    async () => {
      const token = await sign({}, { kid: 'ES256' });
      return spelt(token, 0, () => base64Url('{"alg":"ES384","kid":"ES256"}'));
    },
    'key_unknown',
  ],
  [
    'another payload',
    async () => spelt(await sign(), 1, () => base64Url(JSON.stringify(claims({ sub: `${sub}x` })))),
    'signature',
  ],
  ['no signature', async () => spelt(await sign(), 2, () => ''), 'signature_base64'],
  ['half a signature', async () => spelt(await sign(), 2, (one) => one.slice(0, 40)), 'signature'],
  ['9 KiB', () => sign({ padding: 'a'.repeat(9000) }), 'too_long'],
];

describe('a JWT-SVID', () => {
  for (const [what, make] of good)
    test(`with ${what} holds`, async () => {
      const verdict = await verifyJwtSvid(await make(), check);
      assert.equal(verdict.kind, 'verified', JSON.stringify(verdict));
    });

  for (const [what, make, reason] of bad)
    test(`with ${what} does not`, async () => {
      assert.deepEqual(await verifyJwtSvid(await make(), check), { kind: 'refused', reason });
    });

  test('holds once where it is to be used once, however its signature is spelt', async () => {
    const seen = new ReplayCache();
    const token = await sign({ jti: 'once' });
    const verdicts = await Promise.all([1, 2, 3].map(() => verifyJwtSvid(token, { ...check, seen })));
    assert.deepEqual(verdicts.map(({ kind }) => kind).sort(), ['refused', 'refused', 'verified']);
  });
});

describe('the keys of JWT-SVIDs', () => {
  const authority = testAuthority();
  const DAY = 86_400_000;

  async function issued(kept: string, now: number) {
    const { signer } = await openJwtKeys(kept, now);
    const id = parseSpiffeId(sub);
    const jti = crypto.getRandomValues(new Uint8Array(16));
    return issueJwtSvid(signer, { id, audience: check.audience, now, ttlMs: 3_600_000, jti });
  }

  async function verified(token: string, kept: string, now: number) {
    const document = await spiffeBundle((await authority).bundle(), (await openJwtKeys(kept, now)).jwks);
    const keys = new Map([['cluster.local', jwtSvidKeys(document)]]);
    return (await verifyJwtSvid(token, { keys, audience: check.audience, now })).kind;
  }

  test('sign tokens of at most five minutes, which the bundle verifies', async () => {
    const { text } = await rotatedJwtKeys(undefined, NOON);
    const { token, expires } = await issued(text, NOON);
    assert.equal(expires, (NOW + 300) * 1000);
    assert.equal(await verified(token, text, NOON), 'verified');
    assert.equal(await verified(token, text, NOON + 420_000), 'refused');
  });

  test('are replaced every 30 days, and no token is refused meanwhile', async () => {
    let { text } = await rotatedJwtKeys(undefined, NOON);
    const kids = new Set<string>();
    let changed = NOON;
    // By the hour where keys change.
    for (let now = NOON; now < NOON + 65 * DAY; now += now - changed < DAY / 4 ? DAY / 24 : DAY / 2) {
      const next = await rotatedJwtKeys(text, now);
      if (next.changed) changed = now;
      // Everybody else still has the bundle of before.
      const stale = text;
      text = next.text;
      kids.add((await openJwtKeys(text, now)).signer.kid);
      const { token } = await issued(text, now);
      assert.equal(await verified(token, stale, now), 'verified');
      assert.equal(await verified(token, text, now), 'verified');
    }
    assert.equal(kids.size, 3);
    assert.equal((await openJwtKeys(text, NOON + 65 * DAY)).jwks.length, 1);
  });

  test('stand in the bundle beside the roots, each with its use', async () => {
    const { text } = await rotatedJwtKeys(undefined, NOON);
    const document = JSON.parse(
      await spiffeBundle((await authority).bundle(), (await openJwtKeys(text, NOON)).jwks),
    );
    const shown = document.keys.map(({ use, kty, crv }: Record<string, string>) => [use, kty, crv]);
    assert.deepEqual(shown, [
      ['x509-svid', 'EC', 'P-256'],
      ['jwt-svid', 'EC', 'P-256'],
    ]);
    assert.ok(!JSON.stringify(document).includes('"d"'));
    assert.equal(document.spiffe_refresh_hint, 300);
  });

  test('without an id, or for another use, verify nothing', () => {
    const other = JSON.stringify({
      keys: [
        { ...es256.jwk, use: 'x509-svid' },
        { ...es256.jwk, use: 'sig' },
        { ...es256.jwk, kid: undefined, use: 'jwt-svid' },
      ],
    });
    assert.equal(jwtSvidKeys(other).size, 0);
    assert.throws(() => jwtSvidKeys('[]'), { code: 'bundle_malformed' });
    assert.throws(() => jwtSvidKeys('{"keys":{}}'), { code: 'bundle_malformed' });
  });
});
