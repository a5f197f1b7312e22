import { Authority, type AuthorityPorts, type IssuedSvid } from '../../src/identity/authority/authority.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import type { Bundle, Svid } from '../../src/identity/svid.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';

/** The time of tests: 2026-11-23 12:00:00.250 UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12, 0, 0, 250);

/** A clock that a test sets, and strong random bytes. */
export function testPorts(time = { now: NOON }): AuthorityPorts {
  return {
    clock: { now: () => time.now },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  };
}

export const TRUST_DOMAIN = 'cluster.local';

/** A new authority of `cluster.local` at NOON. */
export function testAuthority(): Promise<Authority> {
  return Authority.create({ trustDomain: TRUST_DOMAIN, ...testPorts() });
}

export interface TestSvid {
  readonly svid: Svid;
  readonly issued: IssuedSvid;
  readonly keys: CryptoKeyPair;
}

/** An SVID of `/ns/default/sa/<account>` for an hour. */
export async function testSvid(authority: Authority, account: string): Promise<TestSvid> {
  const keys = await generateKey();
  const id = workloadId(authority.trustDomain, 'default', account);
  const issued = await authority.issue(await createCsr(keys), id, 3_600_000);
  const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
  const { chainPem, notBefore, notAfter } = issued;
  return { svid: { id, chainPem, keyPem, notBefore, notAfter }, issued, keys };
}

/** What peers of the authority trust. */
export function testBundle(authority: Authority): Bundle {
  return { trustDomain: authority.trustDomain, rootsPem: authority.bundle() };
}

/** For `assert.throws` and `assert.rejects`: an error of that code. */
export function coded(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && error.code === code;
}
