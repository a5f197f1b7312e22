import { Authority } from '../src/identity/authority/authority.ts';
import { encodePem } from '../src/identity/pem.ts';
import { workloadId } from '../src/identity/spiffe.ts';
import type { Bundle, Svid } from '../src/identity/svid.ts';
import { createCsr } from '../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../src/identity/x509/p256.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { CALLED, CALLER } from './sidecar-snapshot.ts';

const TTL_MS = 3_600_000;

/** Both ends of the mesh TLS of a benchmark. */
export interface MeshIdentity {
  readonly bundle: Bundle;
  readonly server: Svid;
  readonly client: Svid;
}

/** A new authority and two SVIDs of it, for an hour. */
export async function createMeshIdentity(): Promise<MeshIdentity> {
  const authority = await Authority.create({ trustDomain: 'cluster.local', clock, random });
  const bundle = { trustDomain: authority.trustDomain, rootsPem: authority.bundle() };
  return { bundle, server: await issue(authority, CALLED), client: await issue(authority, CALLER) };
}

async function issue(authority: Authority, account: string): Promise<Svid> {
  const keys = await generateKey();
  const id = workloadId(authority.trustDomain, 'default', account);
  const { chainPem, notBefore, notAfter } = await authority.issue(await createCsr(keys), id, TTL_MS);
  const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
  return { id, chainPem, keyPem, notBefore, notAfter };
}
