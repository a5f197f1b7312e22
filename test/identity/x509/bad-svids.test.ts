import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { formatSpiffeId } from '../../../src/identity/spiffe.ts';
import { verifySvidChain } from '../../../src/identity/x509/svid-chain.ts';
import { type GoodMesh, goodId, goodMesh } from '../../support/bad-svid/bad-svid.ts';
import { badSvids } from '../../support/bad-svid/bad-svids.ts';
import { coded, NOON, TRUST_DOMAIN } from '../../support/identity-mesh.ts';
import { resigned } from '../../support/raw-certificate.ts';
import type { TestCertificate } from '../../support/test-certificate.ts';

describe('of our own chains', () => {
  let mesh: GoodMesh;

  before(async () => {
    mesh = await goodMesh();
  });

  const verify = (chain: readonly TestCertificate[]) =>
    verifySvidChain({
      chain: chain.map((one) => one.der),
      roots: [mesh.root.der],
      trustDomain: TRUST_DOMAIN,
      now: NOON,
    });

  test('the good one is accepted', async () => {
    assert.equal(formatSpiffeId((await verify([mesh.leaf, mesh.middle])).id), goodId);
  });

  test('the good one is accepted when it is put together again', async () => {
    const der = await resigned(mesh.leaf.der, mesh.middle.keys.privateKey, () => ({}));
    assert.equal(formatSpiffeId((await verify([{ ...mesh.leaf, der }, mesh.middle])).id), goodId);
  });

  for (const { what, code, make } of badSvids) {
    test(`${what} is refused`, async () => {
      await assert.rejects(verify(await make(mesh)), coded(code));
    });
  }
});
