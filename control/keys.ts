import type { StateDirectory } from '../src/runtime/store/state-directory.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PrivateJwk,
  type PublicJwk,
  publicJwk,
  type SigningKey,
} from '../src/snapshot/signing-key.ts';

/** The key that signs manifests and endpoint records, made at the first start, and its public part. */
export async function loadSigningKey(state: StateDirectory): Promise<{ key: SigningKey; jwk: PublicJwk }> {
  const stored = await state.once('signing-key.json', async () => JSON.stringify(await generateSigningJwk()));
  const jwk = JSON.parse(stored) as PrivateJwk;
  return { key: await importSigningKey(jwk), jwk: publicJwk(jwk) };
}
