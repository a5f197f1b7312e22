import { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from '../../src/identity/authority/authority.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { TRUST_DOMAIN, testPorts } from './identity-mesh.ts';
import { caExtensions, type TestCertificate, testCertificate } from './test-certificate.ts';

const DAY_MS = 86_400_000;

/** An authority whose keys the test has too. */
export interface KnownAuthority {
  readonly root: TestCertificate;
  /** With a clock of the test's own: `time.now` is what it takes for the present. */
  at(time: { now: number }): Promise<Authority>;
}

/** Gives a mesh that is not up yet an authority by which the test can sign as well. */
export async function knownAuthority(state: string): Promise<KnownAuthority> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  // Before the leaves of the mesh, which are back-dated.
  const life = { now, begins: -DAY_MS, ends: 30 * DAY_MS };
  const root = await testCertificate({ ...life, subject: 'CN=known root', extensions: caExtensions(1) });
  const middle = await testCertificate({
    ...life,
    issuer: root,
    subject: 'CN=known intermediate',
    extensions: caExtensions(0),
  });
  const intermediateKeyPem = String(
    KeyObject.from(middle.keys.privateKey).export({ type: 'pkcs8', format: 'pem' }),
  );
  const [rootsPem, intermediatePem] = [root, middle].map(({ der }) => encodePem('CERTIFICATE', der));
  const material = { version: 1, trustDomain: TRUST_DOMAIN, rootsPem, intermediatePem, intermediateKeyPem };
  writeFileSync(join(state, 'authority.json'), JSON.stringify(material), { mode: 0o600 });
  return { root, at: (time) => Authority.load(material, testPorts(time)) };
}
