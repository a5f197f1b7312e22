import type { Clock, Random } from '../../runtime/ports.ts';
import type { Bytes } from '../bytes.ts';
import { hex } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { decodeOnePem, encodePem } from '../pem.ts';
import { formatSpiffeId } from '../spiffe.ts';
import { verifyCsr } from '../x509/csr.ts';
import { exportPrivateKey, generateKey, importPrivateKey, importPublicKey } from '../x509/p256.ts';
import type { AuthorityMaterial } from './authority-material.ts';
import { issueIntermediate, issueRoot, type Terms } from './certificate-template.ts';

/** What making certificates takes. */
export interface MakingPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** A root and its key, PEM; the key is a secret that belongs offline. */
export interface RootPair {
  readonly rootPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/** Ten years and one: how long a root and an intermediate live unless told otherwise, ms. */
export const ROOT_LIFE = 3650 * 24 * 60 * 60 * 1000;
export const INTERMEDIATE_LIFE = 365 * 24 * 60 * 60 * 1000;

/** A new root of a trust domain. Throws for a name that is none. */
export async function newRoot(
  trustDomain: string,
  ports: MakingPorts,
  lifeMs: number = ROOT_LIFE,
): Promise<RootPair> {
  formatSpiffeId({ trustDomain, path: '' });
  const keys = await generateKey();
  const root = await issueRoot(terms(ports, lifeMs), trustDomain, keys);
  const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
  return { rootPem: encodePem('CERTIFICATE', root), keyPem };
}

/** Certifies the key of a request (PKCS#10, PEM) as an intermediate of a root. Throws IdentityError. */
export async function newIntermediate(
  csrPem: string,
  { rootPem, keyPem }: RootPair,
  trustDomain: string,
  ports: MakingPorts,
  lifeMs: number = INTERMEDIATE_LIFE,
): Promise<string> {
  const publicKey = await importPublicKey(await verifyCsr(csrPem));
  if (publicKey === undefined) throw new IdentityError('csr_key', 'the request has no P-256 key');
  const key = await importPrivateKey(decodeOnePem('PRIVATE KEY', keyPem), false);
  const issuer = { der: decodeOnePem('CERTIFICATE', rootPem), key };
  return encodePem(
    'CERTIFICATE',
    await issueIntermediate(terms(ports, lifeMs), trustDomain, publicKey, issuer),
  );
}

/** A new root (10 years) and intermediate (1 year), keys and all. */
export async function newMaterial(trustDomain: string, ports: MakingPorts): Promise<AuthorityMaterial> {
  const root = await newRoot(trustDomain, ports);
  const keys = await generateKey();
  const issuerKey = await importPrivateKey(decodeOnePem('PRIVATE KEY', root.keyPem), false);
  const issuer = { der: decodeOnePem('CERTIFICATE', root.rootPem), key: issuerKey };
  const life = terms(ports, INTERMEDIATE_LIFE);
  const der: Bytes = await issueIntermediate(life, trustDomain, keys.publicKey, issuer);
  return {
    version: 1,
    trustDomain,
    rootsPem: root.rootPem,
    rootKeyPem: root.keyPem,
    intermediatePem: encodePem('CERTIFICATE', der),
    intermediateKeyPem: encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey)),
  };
}

/** 128 random bits; zero is no serial number. */
export function serialNumber({ random }: Pick<MakingPorts, 'random'>): string {
  const bytes = random.bytes(16);
  if (bytes.every((byte) => byte === 0))
    throw new IdentityError('issue_serial', 'the random source is broken');
  return hex(bytes);
}

/** Authorities live for years: a reader whose clock is an hour behind believes them too. */
const BACK_DATE = 60 * 60 * 1000;

function terms(ports: MakingPorts, life: number): Terms {
  const now = ports.clock.now();
  return { serial: serialNumber(ports), notBefore: now - BACK_DATE, notAfter: now + life };
}
