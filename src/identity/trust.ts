import type { Bytes } from './bytes.ts';
import { DenyList } from './deny-list.ts';
import { IdentityError } from './identity-error.ts';
import { decodePem, encodePem } from './pem.ts';
import type { Bundle } from './svid.ts';
import { parseCertificate } from './x509/certificate.ts';
import type { Purpose } from './x509/extensions.ts';
import { parseSvidUri } from './x509/peer-id.ts';
import { sanOf } from './x509/san.ts';
import { serialText } from './x509/serial-text.ts';
import { type VerifiedSvid, verifySvidChain } from './x509/svid-chain.ts';

/** A chain that a peer showed: DER, leaf first; `now` in milliseconds since the epoch. */
export interface ShownChain {
  readonly chain: readonly Uint8Array[];
  readonly purpose: keyof typeof Purpose;
  readonly now: number;
}

/** What says whether a chain is believed. */
export interface ChainVerifier {
  /** Rejects with an IdentityError. */
  verify(shown: ShownChain): Promise<VerifiedSvid>;
}

/** A trust domain by one of its names. */
interface Domain {
  readonly roots: readonly Bytes[];
  readonly aliases: readonly string[];
}

/** Whom a bundle makes believe. A peer is judged by the roots of its own trust domain, and by no other. */
export class Trust implements ChainVerifier {
  readonly #denied: DenyList;
  readonly #domains = new Map<string, Domain>();

  /** Throws `pem_malformed` for roots of the own trust domain that are not PEM. */
  constructor({ trustDomain, rootsPem, aliases = [], federated = [], denied }: Bundle) {
    this.#denied = DenyList.of(denied);
    for (const one of federated)
      this.#domains.set(one.trustDomain, { roots: foreignRoots(one.rootsPem), aliases: [] });
    // Last, so that nobody else's roots stand for a name of ours.
    const own = { roots: decodePem('CERTIFICATE', rootsPem), aliases: [trustDomain, ...aliases] };
    for (const name of own.aliases) this.#domains.set(name, own);
  }

  /** Every root once, PEM: what a TLS library may build chains to before we say whose they are. */
  get rootsPem(): readonly string[] {
    return [...new Set([...this.#domains.values()].flatMap(({ roots }) => roots.map(rootPem)))];
  }

  /** Whether something that this one makes believe may be without `next`. */
  isWiderThan(next: Trust): boolean {
    if (!this.#denied.covers(next.#denied)) return true;
    for (const [name, { roots }] of this.#domains) {
      const kept = new Set(next.#domains.get(name)?.roots.map(rootPem));
      if (!roots.every((root) => kept.has(rootPem(root)))) return true;
    }
    return false;
  }

  /** Whether that is a trust domain with roots of its own here: the mesh's, an alias of it, or a federated one. */
  knows(trustDomain: string): boolean {
    return this.#domains.has(trustDomain);
  }

  /** Whether a leaf (DER) names somebody here who is denied, or is denied itself; whoever signed it. */
  denies(leaf: Uint8Array): boolean {
    try {
      const certificate = parseCertificate(leaf);
      const ids = sanOf(certificate).uris.map(parseSvidUri);
      return ids.some((id) => this.knows(id.trustDomain) && this.#denied.denies(id, serialText(certificate)));
    } catch {
      return false;
    }
  }

  /** Verifies an X509-SVID by the roots of the trust domain that it names; throws IdentityError. */
  async verify({ chain, purpose, now }: ShownChain): Promise<VerifiedSvid> {
    const trustDomain = trustDomainOf(chain[0]);
    const domain = this.#domains.get(trustDomain);
    if (domain === undefined) throw new IdentityError('svid_trust_domain', `${trustDomain} is not trusted`);
    const svid = await verifySvidChain({ chain, ...domain, trustDomain, purpose, now });
    if (this.#denied.denies(svid.id, serialText(svid.leaf)))
      throw new IdentityError('svid_denied', 'the certificate or its owner is denied');
    return svid;
  }
}

/** None where one cannot be read: what others wrote must not keep our own out. */
function foreignRoots(pem: string): readonly Bytes[] {
  try {
    const roots = decodePem('CERTIFICATE', pem);
    for (const root of roots) parseCertificate(root);
    return roots;
  } catch {
    return [];
  }
}

const rootPem = (root: Bytes): string => encodePem('CERTIFICATE', root);

/** The trust domain that a leaf (DER) names, to choose its roots by: nothing of it is judged. Throws IdentityError. */
export function trustDomainOf(leaf: Uint8Array | undefined): string {
  if (leaf === undefined) throw new IdentityError('chain_length', 'no leaf');
  const [uri] = sanOf(parseCertificate(leaf)).uris;
  if (uri === undefined) throw new IdentityError('svid_names', 'leaf certificate: no URI name');
  return parseSvidUri(uri).trustDomain;
}
