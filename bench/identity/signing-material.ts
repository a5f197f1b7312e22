import { Authority } from '../../src/identity/authority/authority.ts';
import { encodeBase64 } from '../../src/identity/bytes.ts';
import { generateProofKey } from '../../src/identity/signature/proof-key.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { exportPrivateKey, exportPublicKey } from '../../src/identity/x509/p256.ts';
import type { SigningMaterial } from './signing-work.ts';

/** A certified key and the root above it. */
export async function signingMaterial(): Promise<SigningMaterial> {
  const clock = { now: () => Date.now() };
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const authority = await Authority.create({ trustDomain: 'cluster.local', clock, random });
  const pair = await generateProofKey();
  const id = workloadId('cluster.local', 'istio-system', 'gateway');
  const publicKey = await exportPublicKey(pair.publicKey);
  const { chainPem, notAfter } = await authority.issueSpecial(publicKey, { kind: 'proof', id }, 3_600_000);
  const secret = encodeBase64(await exportPrivateKey(pair.privateKey));
  return { secret, chainPem, notAfter, rootsPem: authority.bundle() };
}
