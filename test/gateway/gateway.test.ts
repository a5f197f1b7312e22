import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Environment } from '../../gateway/environment.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { generateSigningJwk, publicJwk } from '../../src/snapshot/signing-key.ts';

/** Nothing here comes so far as to read it. */
const unread = (): never => assert.fail('the store was asked');

async function environment(parts: Partial<Record<keyof Environment, string>>): Promise<Environment> {
  const keys = [publicJwk(await generateSigningJwk())];
  return {
    WEFT_CONFIG: { get: unread, put: unread, delete: unread, list: unread },
    WEFT_TARGET: 'gateway/istio-system/istio-ingressgateway',
    WEFT_MESH: 'weft',
    WEFT_SIGNING_KEYS: JSON.stringify({ keys }),
    WEFT_MINIMUM_REVISION: '1',
    WEFT_POLL_MS: '30000',
    ...parts,
  } as unknown as Environment;
}

describe('a gateway', () => {
  test('begins without a revision', async () => {
    assert.equal((await Gateway.create(await environment({}))).revision, 0);
  });

  for (const [name, value] of [
    ['WEFT_SIGNING_KEYS', '{"keys":[]}'],
    ['WEFT_SIGNING_KEYS', ''],
    ['WEFT_SIGNING_KEYS', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}'],
    ['WEFT_MINIMUM_REVISION', 'two'],
    ['WEFT_MINIMUM_REVISION', ''],
    ['WEFT_MINIMUM_REVISION', '-1'],
    ['WEFT_POLL_MS', 'soon'],
  ] as const) {
    test(`is not made with ${name}="${value}", which would leave something unverified`, async () => {
      await assert.rejects(Gateway.create(await environment({ [name]: value })));
    });
  }
});
