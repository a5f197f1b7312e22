import { Authority } from '../src/identity/authority/authority.ts';
import type { Clock, Random } from '../src/runtime/ports.ts';
import type { StateDirectory } from '../src/runtime/store/state-directory.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PrivateJwk,
  type PublicJwk,
  publicJwk,
  type SigningKey,
} from '../src/snapshot/signing-key.ts';

/** The mesh's certificate authority, made at the first start. */
export async function loadAuthority(
  state: StateDirectory,
  trustDomain: string,
  ports: { readonly clock: Clock; readonly random: Random },
): Promise<Authority> {
  const material = await state.once('authority.json', async () => {
    const created = await Authority.create({ ...ports, trustDomain });
    return JSON.stringify(created.export());
  });
  return Authority.load(JSON.parse(material), ports);
}

/** The key that signs manifests and endpoint records, made at the first start, and its public part. */
export async function loadSigningKey(state: StateDirectory): Promise<{ key: SigningKey; jwk: PublicJwk }> {
  const stored = await state.once('signing-key.json', async () => JSON.stringify(await generateSigningJwk()));
  const jwk = JSON.parse(stored) as PrivateJwk;
  return { key: await importSigningKey(jwk), jwk: publicJwk(jwk) };
}
