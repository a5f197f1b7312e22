import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../src/identity/authority/authority.ts';
import { testPorts, testSvid } from './identity-mesh.ts';

/** A certificate as files that curl and openssl read. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Another authority of the same trust domain, which no mesh trusts. */
export function strangeAuthority(): Promise<Authority> {
  return Authority.create({ trustDomain: 'cluster.local', ...testPorts({ now: Date.now() }) });
}

/** Has `authority` certify `spiffe://…/ns/default/sa/<account>` for an hour, and writes it to a folder of that name. */
export async function certificateFiles(
  folder: string,
  authority: Authority,
  account: string,
): Promise<CertificateFiles> {
  const { svid } = await testSvid(authority, account);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = { certificate: join(folder, 'chain.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.certificate, svid.chainPem);
  writeFileSync(files.key, svid.keyPem, { mode: 0o600 });
  return files;
}
