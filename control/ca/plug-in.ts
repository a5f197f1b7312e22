import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthorityMaterial } from '../../src/identity/authority/authority-material.ts';
import { sameBytes } from '../../src/identity/bytes.ts';
import { decodePem, encodePem } from '../../src/identity/pem.ts';
import { type Certificate, parseCertificate } from '../../src/identity/x509/certificate.ts';
import { readBasicConstraints, readKeyUsage } from '../../src/identity/x509/extensions.ts';
import { isIssuedBy } from '../../src/identity/x509/path.ts';

/** A file of a plug-in CA that cannot be used: `file: what is wrong; what helps`. */
export class PlugInError extends Error {
  override readonly name = 'PlugInError';
}

/** The names that Istio's `cacerts` Secret has. */
const names = {
  certificate: 'ca-cert.pem',
  key: 'ca-key.pem',
  root: 'root-cert.pem',
  chain: 'cert-chain.pem',
} as const;

const maxBytes = 64 * 1024;

interface Named {
  readonly file: string;
  readonly certificate: Certificate;
}

/**
 * Reads an authority that somebody else made: `ca-cert.pem` issues leaves with `ca-key.pem` (PKCS#8, PKCS#1 or SEC 1),
 * `cert-chain.pem` leads from it to one of the roots of `root-cert.pem`. Throws PlugInError.
 */
export async function readPlugIn(
  directory: string,
  trustDomain: string,
  now: number,
): Promise<AuthorityMaterial> {
  const [issuer] = certificatesOf(directory, names.certificate);
  const roots = certificatesOf(directory, names.root);
  const chain = existsSync(join(directory, names.chain)) ? certificatesOf(directory, names.chain) : [];
  if (issuer === undefined) throw refusal(names.certificate, 'has no certificate');
  if (roots.some((root) => isSame(root, issuer)))
    throw refusal(names.certificate, 'is the root itself; bring an intermediate that the root has signed');
  const path = await pathOf(issuer, chain, roots);
  for (const one of [...path.intermediates, path.root]) checkAuthority(one, now);
  return {
    version: 1,
    trustDomain,
    rootsPem: pemOf([path.root, ...roots.filter((root) => !isSame(root, path.root))]),
    intermediatePem: pemOf(path.intermediates),
    intermediateKeyPem: keyOf(directory, issuer),
  };
}

/** From the issuer up; certificates of the chain may come in any order, with the issuer and the root or without. */
async function pathOf(issuer: Named, chain: readonly Named[], roots: readonly Named[]) {
  const intermediates = [issuer];
  for (let top = issuer; intermediates.length <= 2; ) {
    for (const root of roots)
      if (await isIssuedBy(top.certificate, root.certificate)) return { intermediates, root };
    const above = await issuerAmong(chain, top);
    if (above === undefined || intermediates.some((one) => isSame(one, above)))
      throw refusal(top.file, `leads to no root of ${names.root}; is ${names.chain} whole?`);
    intermediates.push(above);
    top = above;
  }
  throw refusal(names.chain, 'is too long: there may be two certificates between leaves and the root');
}

async function issuerAmong(chain: readonly Named[], { certificate }: Named): Promise<Named | undefined> {
  for (const one of chain) if (await isIssuedBy(certificate, one.certificate)) return one;
  return undefined;
}

function checkAuthority({ file, certificate }: Named, now: number): void {
  const constraints = readBasicConstraints(certificate);
  if (!constraints?.ca)
    throw refusal(file, 'is no certificate authority (basicConstraints CA:true is missing)');
  if (!readKeyUsage(certificate)?.keyCertSign)
    throw refusal(file, 'may not sign certificates (keyUsage keyCertSign is missing)');
  if (now < certificate.notBefore) throw refusal(file, `is valid from ${dateText(certificate.notBefore)} on`);
  if (now > certificate.notAfter) throw refusal(file, `expired at ${dateText(certificate.notAfter)}`);
}

/** As PKCS#8; the only kind that WebCrypto reads. */
function keyOf(directory: string, { certificate }: Named): string {
  const text = textOf(directory, names.key);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(text);
  } catch {
    throw refusal(
      names.key,
      'is no private key in PEM, or a passphrase protects it (openssl pkey removes it)',
    );
  }
  if (!sameBytes(publicPartOf(key), certificate.publicKey))
    throw refusal(names.key, `is not the key of ${names.certificate}`);
  const mode = statSync(join(directory, names.key)).mode & 0o077;
  if (mode !== 0) throw refusal(names.key, 'can be read by others; chmod 600 it');
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

function publicPartOf(key: ReturnType<typeof createPrivateKey>): Uint8Array {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'pem' });
  return new Uint8Array(createPublicKey(String(pkcs8)).export({ type: 'spki', format: 'der' }));
}

function certificatesOf(directory: string, file: string): Named[] {
  const text = textOf(directory, file);
  try {
    const ders = decodePem('CERTIFICATE', text);
    if (ders.length === 0) throw new Error('there is no certificate in it');
    return ders.map((der) => ({ file, certificate: parseCertificate(der) }));
  } catch (cause) {
    throw refusal(file, `cannot be read: ${cause instanceof Error ? cause.message : 'malformed'}`);
  }
}

function textOf(directory: string, file: string): string {
  const path = join(directory, file);
  if (!existsSync(path)) throw refusal(file, `is not in ${directory}`);
  if (statSync(path).size > maxBytes) throw refusal(file, `is longer than ${maxBytes / 1024} KiB`);
  return readFileSync(path, 'utf8');
}

function isSame(a: Named, b: Named): boolean {
  return sameBytes(a.certificate.der, b.certificate.der);
}

function pemOf(all: readonly Named[]): string {
  return all.map(({ certificate }) => encodePem('CERTIFICATE', certificate.der)).join('');
}

const dateText = (ms: number): string => new Date(ms).toISOString();

function refusal(file: string, detail: string): PlugInError {
  return new PlugInError(`${file}: ${detail}`);
}
