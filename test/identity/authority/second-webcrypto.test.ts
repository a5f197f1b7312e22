import 'reflect-metadata';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Crypto as SecondCrypto } from '@peculiar/webcrypto';
import { cryptoProvider } from '@peculiar/x509';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { decodePem } from '../../../src/identity/pem.ts';
import { createProof, verifyProof } from '../../../src/identity/proof.ts';
import { ReplayCache } from '../../../src/identity/replay-cache.ts';
import { formatSpiffeId } from '../../../src/identity/spiffe.ts';
import { createCsr, verifyCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { verifySvidChain } from '../../../src/identity/x509/svid-chain.ts';
import {
  coded,
  NOON,
  TRUST_DOMAIN,
  testAuthority,
  testBundle,
  testPorts,
  testSvid,
} from '../../support/identity-mesh.ts';

const [first, second] = [crypto, new SecondCrypto() as typeof crypto];

/** Runs `work` with `provider` as the WebCrypto of everything. */
async function under<T>(provider: typeof crypto, work: () => Promise<T>): Promise<T> {
  use(provider);
  try {
    return await work();
  } finally {
    use(first);
  }
}

function use(provider: typeof crypto): void {
  Object.defineProperty(globalThis, 'crypto', { value: provider, configurable: true });
  cryptoProvider.set(provider);
}

const mint = async () => {
  const authority = await testAuthority();
  const { svid, keys } = await testSvid(authority, 'reviews');
  const target = { aud: 'demo', method: 'GET', path: '/v1/watch', now: NOON, jti: 'abcdefghijklmnop' };
  const material = JSON.parse(JSON.stringify(authority.export()));
  return { authority, svid, material, csr: await createCsr(keys), proof: await createProof(svid, target) };
};

for (const [what, minting, verifying] of [
  ['the runtime’s WebCrypto mints, the second verifies', first, second],
  ['the second WebCrypto mints, the runtime’s verifies', second, first],
] as const) {
  describe(what, () => {
    let minted: Awaited<ReturnType<typeof mint>>;

    before(async () => {
      minted = await under(minting, mint);
    });

    test('a chain', async () => {
      const { authority, svid } = minted;
      const chain = decodePem('CERTIFICATE', svid.chainPem);
      const roots = decodePem('CERTIFICATE', authority.bundle());
      const given = { chain, roots, trustDomain: TRUST_DOMAIN, now: NOON };
      await under(verifying, async () => {
        assert.equal(formatSpiffeId((await verifySvidChain(given)).id), formatSpiffeId(svid.id));
        const [leaf = new Uint8Array(), ...rest] = chain;
        const changed = Uint8Array.from([...leaf.subarray(0, -1), (leaf.at(-1) ?? 0) ^ 1]);
        const spoilt = verifySvidChain({ ...given, chain: [changed, ...rest] });
        await assert.rejects(spoilt, coded('certificate_signature'));
      });
    });

    test('a certificate request', async () => {
      const { csr } = minted;
      assert.equal((await under(verifying, () => verifyCsr(csr))).length, 91);
    });

    test('a proof', async () => {
      const { authority, svid, proof } = minted;
      const check = { bundle: testBundle(authority), trustDomain: TRUST_DOMAIN, audience: 'demo', now: NOON };
      const target = { method: 'GET', path: '/v1/watch', seen: new ReplayCache() };
      const id = await under(verifying, () => verifyProof(proof, { ...check, ...target }));
      assert.equal(formatSpiffeId(id), formatSpiffeId(svid.id));
    });

    test('an authority, which goes on issuing under the other', async () => {
      const { material } = minted;
      await under(verifying, async () => {
        const loaded = await Authority.load(material, testPorts());
        await loaded.issue(await createCsr(await generateKey()), minted.svid.id, 60_000);
      });
    });
  });
}
