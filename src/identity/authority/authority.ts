import type { Clock, Random } from '../../runtime/ports.ts';
import { type Bytes, hex, sha256 } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { decodeOnePem, decodePem, encodePem } from '../pem.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { verifyCsr } from '../x509/csr.ts';
import { exportPrivateKey, exportPublicKey, generateKey, importPrivateKey } from '../x509/p256.ts';
import { verifySvidChain } from '../x509/svid-chain.ts';
import { type AuthorityMaterial, parseAuthorityMaterial } from './authority-material.ts';
import { type Issuer, issueIntermediate, issueLeaf, issueRoot, type Terms } from './certificate-template.ts';

/** What an authority runs on. */
export interface AuthorityPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
  /** Longest life of a leaf, milliseconds; 24 hours by default. */
  readonly maxTtlMs?: number;
}

/** A certificate that was issued. Times in milliseconds since the epoch. */
export interface IssuedSvid {
  /** Leaf, then intermediate; PEM. */
  readonly chainPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hexadecimal. */
  readonly serial: string;
}

/** Signs X509-SVIDs of one trust domain with an intermediate; the root's key is not needed for it. */
export class Authority {
  readonly trustDomain: string;
  readonly #roots: readonly Bytes[];
  readonly #rootHash: string;
  readonly #intermediate: Issuer;
  readonly #ports: AuthorityPorts;
  #created: AuthorityMaterial | undefined;

  private constructor(
    trustDomain: string,
    roots: readonly Bytes[],
    rootHash: string,
    intermediate: Issuer,
    ports: AuthorityPorts,
  ) {
    this.trustDomain = trustDomain;
    this.#roots = roots;
    this.#rootHash = rootHash;
    this.#intermediate = intermediate;
    this.#ports = ports;
  }

  /** A new root (10 years) and intermediate (1 year). `export` what it is made of, then `load` that. */
  static async create(options: AuthorityPorts & { readonly trustDomain: string }): Promise<Authority> {
    const { trustDomain, ...ports } = options;
    formatSpiffeId({ trustDomain, path: '' });
    const material = await createMaterial(trustDomain, ports);
    const authority = await Authority.load(material, ports);
    authority.#created = material;
    return authority;
  }

  /** An authority from its material, which is checked; its key cannot be exported again. Throws IdentityError. */
  static async load(value: unknown, ports: AuthorityPorts): Promise<Authority> {
    const material = parseAuthorityMaterial(value);
    const roots = decodePem('CERTIFICATE', material.rootsPem);
    const der = decodeOnePem('CERTIFICATE', material.intermediatePem);
    const key = await importKey(material.intermediateKeyPem);
    const rootHash = hex(await sha256(roots[0] ?? new Uint8Array()));
    const authority = new Authority(material.trustDomain, roots, rootHash, { der, key }, ports);
    await authority.#selfTest();
    return authority;
  }

  /** The material of an authority that was created here; throws `authority_sealed` for one that was loaded. */
  export(): AuthorityMaterial {
    if (this.#created === undefined) {
      throw new IdentityError('authority_sealed', 'a loaded authority does not give out its keys');
    }
    return this.#created;
  }

  /**
   * Issues a leaf for an identity that an attestor decided. The request gives its public key and the proof of
   * possessing it, nothing more. `ttlMs` is cut to the longest life and to that of the intermediate.
   */
  async issue(csrPem: string, id: SpiffeId, ttlMs: number): Promise<IssuedSvid> {
    const publicKey = await verifyCsr(csrPem);
    return this.#issueKey(publicKey, id, ttlMs);
  }

  /** The roots, PEM. */
  bundle(): string {
    return this.#roots.map((der) => encodePem('CERTIFICATE', der)).join('');
  }

  /** SHA-256 of the DER of the root in use, hexadecimal. */
  rootHash(): string {
    return this.#rootHash;
  }

  async #issueKey(publicKey: Bytes, id: SpiffeId, ttlMs: number): Promise<IssuedSvid> {
    if (id.trustDomain !== this.trustDomain || id.path === '') {
      throw new IdentityError('issue_trust_domain', `${id.trustDomain}${id.path} is no workload of ours`);
    }
    const terms = this.#leafTerms(ttlMs);
    const der = await issueLeaf(terms, id, publicKey, this.#intermediate);
    const { serial, notBefore, notAfter } = parseCertificate(der);
    const chainPem = [der, this.#intermediate.der].map((one) => encodePem('CERTIFICATE', one)).join('');
    return { chainPem, notBefore, notAfter, serial: hex(serial[0] === 0 ? serial.subarray(1) : serial) };
  }

  #leafTerms(ttlMs: number): Terms {
    if (!Number.isFinite(ttlMs) || ttlMs < 1000)
      throw new IdentityError('issue_ttl', `${ttlMs} ms is no life`);
    const now = this.#ports.clock.now();
    const last = parseCertificate(this.#intermediate.der).notAfter;
    if (now >= last) throw new IdentityError('authority_expired', 'the intermediate has expired');
    const notAfter = Math.min(now + Math.min(ttlMs, this.#ports.maxTtlMs ?? DAY), last);
    return { serial: serialNumber(this.#ports), notBefore: now - BACK_DATE, notAfter };
  }

  /** Issues a leaf and verifies it, so that a wrong key, root or trust domain is found here and not by workloads. */
  async #selfTest(): Promise<void> {
    const { publicKey } = await generateKey();
    const id = { trustDomain: this.trustDomain, path: '/self-test' };
    const { chainPem } = await this.#issueKey(await exportPublicKey(publicKey), id, 60_000);
    const chain = decodePem('CERTIFICATE', chainPem);
    const now = this.#ports.clock.now();
    await verifySvidChain({ chain, roots: this.#roots.slice(0, 1), trustDomain: this.trustDomain, now });
  }
}

const DAY = 24 * 60 * 60 * 1000;
const YEAR = 365 * DAY;
/** Clocks of readers may be behind ours. */
const BACK_DATE = 2 * 60 * 1000;

async function createMaterial(trustDomain: string, ports: AuthorityPorts): Promise<AuthorityMaterial> {
  const [rootKeys, keys] = [await generateKey(), await generateKey()];
  const root = await issueRoot(authorityTerms(ports, 10 * YEAR), trustDomain, rootKeys);
  const issuer = { der: root, key: rootKeys.privateKey };
  const intermediate = await issueIntermediate(
    authorityTerms(ports, YEAR),
    trustDomain,
    keys.publicKey,
    issuer,
  );
  return {
    version: 1,
    trustDomain,
    rootsPem: encodePem('CERTIFICATE', root),
    rootKeyPem: encodePem('PRIVATE KEY', await exportPrivateKey(rootKeys.privateKey)),
    intermediatePem: encodePem('CERTIFICATE', intermediate),
    intermediateKeyPem: encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey)),
  };
}

function authorityTerms(ports: AuthorityPorts, life: number): Terms {
  const now = ports.clock.now();
  return { serial: serialNumber(ports), notBefore: now - BACK_DATE, notAfter: now + life };
}

/** 128 random bits; zero is no serial number. */
function serialNumber({ random }: AuthorityPorts): string {
  const bytes = random.bytes(16);
  if (bytes.every((byte) => byte === 0))
    throw new IdentityError('issue_serial', 'the random source is broken');
  return hex(bytes);
}

async function importKey(pem: string): Promise<CryptoKey> {
  try {
    return await importPrivateKey(decodeOnePem('PRIVATE KEY', pem), false);
  } catch {
    throw new IdentityError('authority_material', 'authority material: the key is no P-256 key');
  }
}
