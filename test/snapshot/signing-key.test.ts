import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  generateSigningJwk,
  importSigningKey,
  importVerifyingKey,
  type PublicJwk,
  publicJwk,
  thumbprint,
} from '../../src/snapshot/signing-key.ts';

/** RFC 8037 appendix A.1 and A.3. */
const rfc8037 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const;

describe('signing keys', () => {
  test('have the thumbprint of RFC 8037 appendix A.3', async () => {
    assert.equal(await thumbprint(publicJwk(rfc8037)), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  test('are generated, imported, and cannot be exported again', async () => {
    const jwk = await generateSigningJwk();
    const key = await importSigningKey(jwk);
    assert.equal(key.privateKey.extractable, false);
    assert.equal(key.thumbprint, (await importVerifyingKey(publicJwk(jwk), key.thumbprint)).thumbprint);
    assert.deepEqual(Object.keys(publicJwk(jwk)), ['kty', 'crv', 'x']);
  });

  test('must be the pinned one', async () => {
    await assert.rejects(importVerifyingKey(publicJwk(rfc8037), 'other'), { code: 'E_SIG' });
  });

  test('must have parts that belong together', async () => {
    const { x } = await generateSigningJwk();
    await assert.rejects(importSigningKey({ ...rfc8037, x }), { code: 'E_FORMAT' });
  });

  test('must be Ed25519 in canonical base64url', async () => {
    const { x } = rfc8037;
    const wrong = [
      { ...rfc8037, crv: 'X25519' },
      { ...rfc8037, kty: 'oct' },
      { ...rfc8037, x: `${x}=` },
      { ...rfc8037, x: `${x.slice(0, -1)}p` },
      { ...rfc8037, x: 7 },
    ];
    for (const jwk of wrong) await assert.rejects(importVerifyingKey(jwk as PublicJwk), { code: 'E_FORMAT' });
  });
});
