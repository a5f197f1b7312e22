import type { Clock, Random } from '../../runtime/ports.ts';
import type { Bytes } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { decodePem, encodePem } from '../pem.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { verifyCsr } from '../x509/csr.ts';
import { exportPublicKey, generateKey } from '../x509/p256.ts';
import { keyKind } from '../x509/public-key.ts';
import { serialText } from '../x509/serial-text.ts';
import { verifySvidChain } from '../x509/svid-chain.ts';
import type { AuthorityMaterial } from './authority-material.ts';
import { issueLeaf, type Terms } from './certificate-template.ts';
import { type LoadedMaterial, loadMaterial } from './loaded-material.ts';
import { newMaterial, serialNumber } from './new-material.ts';
import { issueSpecialLeaf, type SpecialUse } from './special-leaf.ts';

/** What an authority runs on. */
export interface AuthorityPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
  /** Longest life of a leaf, milliseconds; 24 hours by default. */
  readonly maxTtlMs?: number;
}

/** A certificate that was issued. Times in milliseconds since the epoch. */
export interface IssuedSvid {
  /** Leaf, then intermediates; PEM. */
  readonly chainPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hexadecimal. */
  readonly serial: string;
}

/** Signs X509-SVIDs of one trust domain with an intermediate; the root's key is not needed for it. */
export class Authority {
  readonly trustDomain: string;
  readonly #ports: AuthorityPorts;
  #material: LoadedMaterial;
  #created: AuthorityMaterial | undefined;

  private constructor(material: LoadedMaterial, ports: AuthorityPorts) {
    this.trustDomain = material.trustDomain;
    this.#material = material;
    this.#ports = ports;
  }

  /** A new root (10 years) and intermediate (1 year). `export` what it is made of, then `load` that. */
  static async create(options: AuthorityPorts & { readonly trustDomain: string }): Promise<Authority> {
    const { trustDomain, ...ports } = options;
    formatSpiffeId({ trustDomain, path: '' });
    const material = await newMaterial(trustDomain, ports);
    const authority = await Authority.load(material, ports);
    authority.#created = material;
    return authority;
  }

  /** An authority from its material, which is checked; its key cannot be exported again. Throws IdentityError. */
  static async load(value: unknown, ports: AuthorityPorts): Promise<Authority> {
    const material = await loadMaterial(value);
    await selfTest(material, ports);
    return new Authority(material, ports);
  }

  /** The material of an authority that was created here; throws `authority_sealed` for one that was loaded. */
  export(): AuthorityMaterial {
    if (this.#created === undefined) {
      throw new IdentityError('authority_sealed', 'a loaded authority does not give out its keys');
    }
    return this.#created;
  }

  /** From now on signs with other material of the same trust domain, once that has been tested. Throws IdentityError. */
  async adopt(value: unknown): Promise<void> {
    const material = await loadMaterial(value);
    if (material.trustDomain !== this.trustDomain)
      throw new IdentityError('authority_material', `material of ${material.trustDomain}`);
    await selfTest(material, this.#ports);
    this.#material = material;
    this.#created = undefined;
  }

  /**
   * Issues a leaf for an identity that an attestor decided. The request gives its public key and the proof of
   * possessing it, nothing more. `ttlMs` is cut to the longest life and to that of the certificates above it.
   */
  async issue(csrPem: string, id: SpiffeId, ttlMs: number): Promise<IssuedSvid> {
    const publicKey = await verifyCsr(csrPem);
    return issueKey(this.#material, this.#ports, { publicKey, id, ttlMs });
  }

  /** The roots of this moment, PEM; that in use comes first. */
  bundle(): string {
    return this.#material.roots.map((der) => encodePem('CERTIFICATE', der)).join('');
  }

  /** The root in use, PEM. */
  root(): string {
    return encodePem('CERTIFICATE', this.#material.roots[0] ?? new Uint8Array());
  }

  /** SHA-256 of the DER of the root in use, hexadecimal. */
  rootHash(): string {
    return this.#material.rootHashes[0] ?? '';
  }

  /** The same of every root of the bundle. */
  rootHashes(): readonly string[] {
    return this.#material.rootHashes;
  }

  /** When it can issue no more, ms since the epoch: the intermediate or the root in use has expired. */
  get notAfter(): number {
    return this.#material.notAfter;
  }

  /** The certificates between leaves and the root in use, PEM, the one that issues first. */
  intermediates(): string {
    return this.#material.intermediates.map((der) => encodePem('CERTIFICATE', der)).join('');
  }

  /**
   * Issues a leaf that is no SVID, to the holder of a SubjectPublicKeyInfo: Ed25519 for proofs, P-256 for HTTPS. Its
   * life is cut as that of SVIDs.
   */
  async issueSpecial(publicKey: Bytes, use: SpecialUse, ttlMs: number): Promise<IssuedSvid> {
    const material = this.#material;
    if (use.kind === 'proof') checkOurs(material, use.id);
    if (keyKind(publicKey) !== (use.kind === 'proof' ? 'Ed25519' : 'P-256'))
      throw new IdentityError('csr_key', `the key is of the wrong kind for ${use.kind}`);
    const terms = leafTerms(material, this.#ports, ttlMs);
    return issued(material, await issueSpecialLeaf(terms, use, publicKey, material.issuer));
  }
}

const DAY = 24 * 60 * 60 * 1000;
/** Clocks of readers may be behind ours. */
const BACK_DATE = 2 * 60 * 1000;

interface LeafWish {
  readonly publicKey: Bytes;
  readonly id: SpiffeId;
  readonly ttlMs: number;
}

/** Everything by the material of one moment: another may come into use meanwhile. */
async function issueKey(
  material: LoadedMaterial,
  ports: AuthorityPorts,
  { publicKey, id, ttlMs }: LeafWish,
): Promise<IssuedSvid> {
  checkOurs(material, id);
  return issued(material, await issueLeaf(leafTerms(material, ports, ttlMs), id, publicKey, material.issuer));
}

function checkOurs({ trustDomain: ours }: LoadedMaterial, { trustDomain, path }: SpiffeId): void {
  if (trustDomain !== ours || path === '')
    throw new IdentityError('issue_trust_domain', `${trustDomain}${path} is no workload of ours`);
}

function issued({ intermediates }: LoadedMaterial, der: Bytes): IssuedSvid {
  const leaf = parseCertificate(der);
  const chainPem = [der, ...intermediates].map((one) => encodePem('CERTIFICATE', one)).join('');
  return { chainPem, notBefore: leaf.notBefore, notAfter: leaf.notAfter, serial: serialText(leaf) };
}

function leafTerms({ notAfter: last }: LoadedMaterial, ports: AuthorityPorts, ttlMs: number): Terms {
  if (!Number.isFinite(ttlMs) || ttlMs < 1000) throw new IdentityError('issue_ttl', `${ttlMs} ms is no life`);
  const now = ports.clock.now();
  if (now >= last) throw new IdentityError('authority_expired', 'the intermediate or its root has expired');
  const notAfter = Math.min(now + Math.min(ttlMs, ports.maxTtlMs ?? DAY), last);
  return { serial: serialNumber(ports), notBefore: now - BACK_DATE, notAfter };
}

/** Issues a leaf and verifies it, so that a wrong key, root or trust domain is found here and not by workloads. */
async function selfTest(material: LoadedMaterial, ports: AuthorityPorts): Promise<void> {
  const { trustDomain, roots } = material;
  const publicKey = await exportPublicKey((await generateKey()).publicKey);
  const id = { trustDomain, path: '/self-test' };
  const { chainPem } = await issueKey(material, ports, { publicKey, id, ttlMs: 60_000 });
  const chain = decodePem('CERTIFICATE', chainPem);
  const now = ports.clock.now();
  await verifySvidChain({ chain, roots: roots.slice(0, 1), trustDomain, now });
}
