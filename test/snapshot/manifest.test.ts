import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { base64url, CompactSign, FlattenedSign } from 'jose';
import { canonicalBytes } from '../../src/snapshot/canonical-bytes.ts';
import { type Manifest, signManifest, verifyManifest } from '../../src/snapshot/manifest.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import { newKey } from '../support/publication.ts';

const reference = { blob: 'a'.repeat(64), size: 10 };
const manifest: Manifest = {
  format: 1,
  mesh: 'bookinfo',
  revision: 7,
  created: 1000,
  expires: 2000,
  minReader: 1,
  targets: [['sidecar/default/reviews-v1', reference]],
  sources: reference,
};

const ascii = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const encode = (value: unknown): string => base64url.encode(canonicalBytes(value));

describe('verifyManifest', () => {
  let key: SigningKey;
  let other: SigningKey;
  let token: string;
  before(async () => {
    [key, other] = [await newKey(), await newKey()];
    token = new TextDecoder().decode(await signManifest(manifest, key));
  });
  const verify = (input: string): Promise<Manifest> =>
    verifyManifest(ascii(input), [key], { mesh: 'bookinfo' });
  const forged = (header: Record<string, unknown>, by: SigningKey = key): Promise<string> =>
    new CompactSign(canonicalBytes(manifest))
      .setProtectedHeader({ alg: 'EdDSA', kid: key.thumbprint, typ: 'weft-manifest+json', ...header })
      .sign(by.privateKey, { crit: { x: false } });

  test('returns what was signed, by either of two keys', async () => {
    assert.deepEqual(await verify(token), manifest);
    assert.deepEqual(await verifyManifest(ascii(token), [other, key], { mesh: 'bookinfo' }), manifest);
  });

  test('signs the same manifest to the same bytes', async () => {
    assert.deepEqual(await signManifest(manifest, key), ascii(token));
  });

  const bad: readonly (readonly [name: string, make: () => string | Promise<string>])[] = [
    ['an unknown key', () => forged({ kid: other.thumbprint }, other)],
    ['the wrong key under the right kid', () => forged({}, other)],
    ['another document type', () => forged({ typ: 'weft-endpoints+json' })],
    ['no type', () => forged({ typ: undefined })],
    ['an embedded key', () => forged({ jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' } })],
    ['a critical extension', () => forged({ crit: ['x'], x: 1 })],
    ['algorithm none', () => `${encode({ alg: 'none', typ: 'weft-manifest+json' })}.${encode(manifest)}.`],
    ['an empty signature', () => token.slice(0, token.lastIndexOf('.') + 1)],
    ['a zero signature', () => token.slice(0, token.lastIndexOf('.') + 1) + 'A'.repeat(86)],
    [
      'another payload',
      () =>
        token
          .split('.')
          .with(1, encode({ ...manifest, revision: 8 }))
          .join('.'),
    ],
    ['a header in another order', () => token.split('.').with(0, reorderedHeader()).join('.')],
    ['no JWS', () => 'hello'],
    ['nothing', () => ''],
    ['two parts', () => token.split('.').slice(0, 2).join('.')],
    ['four parts', () => `${token}.`],
    ['five parts', () => `${token}.a.b`],
    ['padding', () => `${token}==`],
    ['whitespace', () => `${token}\n`],
    ['a byte order mark', () => `\ufeff${token}`],
    ['the alphabet of plain base64', () => token.split('.').with(1, '+/+/').join('.')],
    ['spare bits in the signature', () => token.slice(0, -1) + twin(token.at(-1) ?? '')],
    ['the JSON serialisation', async () => JSON.stringify(await flattened())],
  ];
  for (const [name, make] of bad) {
    test(`refuses ${name}`, async () => assert.rejects(verify(await make()), { code: 'E_SIG' }));
  }

  test('refuses every token with one bit changed', async () => {
    const bytes = ascii(token);
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 7)));
      await assert.rejects(verifyManifest(changed, [key], { mesh: 'bookinfo' }), { code: 'E_SIG' });
    }
  });

  test('refuses a signed payload that repeats a member', async () => {
    const doubled = new TextDecoder()
      .decode(canonicalBytes(manifest))
      .replace('"revision":7', '"revision":7,"revision":9');
    const header = { alg: 'EdDSA', kid: key.thumbprint, typ: 'weft-manifest+json' };
    const jws = await new CompactSign(ascii(doubled)).setProtectedHeader(header).sign(key.privateKey);
    await assert.rejects(verify(jws), { code: 'E_FORMAT' });
  });

  test('refuses a manifest beyond the size limit before it looks inside', async () => {
    await assert.rejects(verifyManifest(new Uint8Array(20 * 1024 * 1024), [key], { mesh: 'bookinfo' }), {
      code: 'E_SIZE',
    });
  });

  test('refuses a manifest of another mesh', async () => {
    await assert.rejects(verifyManifest(ascii(token), [key], { mesh: 'other' }), { code: 'E_MESH' });
  });

  test('refuses a manifest for newer readers, whatever it looks like', async () => {
    const header = { alg: 'EdDSA', kid: key.thumbprint, typ: 'weft-manifest+json' };
    const payload = canonicalBytes({ minReader: 4, unknown: true });
    const jws = await new CompactSign(payload).setProtectedHeader(header).sign(key.privateKey);
    await assert.rejects(verify(jws), { code: 'E_READER_OLD' });
  });

  test('is not signed with a wrong structure', async () => {
    const wrong: readonly Record<string, unknown>[] = [
      { revision: 0 },
      { revision: 1.5 },
      { mesh: 1 },
      { targets: [['x', { blob: '../../pointer', size: 1 }]] },
      { targets: [['x', { blob: 'a'.repeat(64), size: 1e9 }]] },
      { extra: 1 },
    ];
    for (const change of wrong) {
      await assert.rejects(signManifest({ ...manifest, ...change } as Manifest, key), { code: 'E_FORMAT' });
    }
  });

  const reorderedHeader = (): string =>
    base64url.encode(JSON.stringify({ typ: 'weft-manifest+json', kid: key.thumbprint, alg: 'EdDSA' }));

  const flattened = (): Promise<unknown> =>
    new FlattenedSign(canonicalBytes(manifest))
      .setProtectedHeader({ alg: 'EdDSA', kid: key.thumbprint, typ: 'weft-manifest+json' })
      .sign(key.privateKey);
});

/** The base64url character that decodes to the same leading bits. */
function twin(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(character) ^ 1);
}
