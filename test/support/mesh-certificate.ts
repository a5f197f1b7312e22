import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../src/identity/authority/authority.ts';
import { openAuthority, parseAuthorityFile } from '../../src/identity/authority/authority-file.ts';
import { decodeBase64 } from '../../src/identity/bytes.ts';
import { testPorts, testSvid } from './identity-mesh.ts';

/** A certificate as files that curl and openssl read. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The authority of a running mesh, with a clock of the test's own: `time.now` is what it takes for the present. */
export async function authorityOf(state: string, time: { now: number }): Promise<Authority> {
  const file = parseAuthorityFile(readFileSync(join(state, 'authority.json'), 'utf8'));
  const secret = decodeBase64(readFileSync(join(state, 'authority.kek'), 'utf8'));
  return Authority.load(await openAuthority(file, { kind: 'secret', secret }), testPorts(time));
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
