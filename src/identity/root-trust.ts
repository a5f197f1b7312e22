import type { Bytes } from './bytes.ts';
import { decodeOnePem } from './pem.ts';
import { type ChainVerifier, type ShownChain, type Trust, trustDomainOf } from './trust.ts';
import { parseCertificate } from './x509/certificate.ts';
import { type VerifiedSvid, verifySvidChain } from './x509/svid-chain.ts';

/**
 * Roots that vouch for workloads of strangers: what a Gateway server lets its clients chain to. Whom the mesh itself
 * has roots for, it judges itself: these make nobody of its own or its federated trust domains.
 */
export class RootTrust implements ChainVerifier {
  readonly #roots: readonly Bytes[];
  readonly #mesh: Trust;

  /** PEM, one each; those that we cannot read vouch for nobody here, whatever a TLS library makes of them. */
  constructor(roots: readonly string[], mesh: Trust) {
    this.#roots = roots.flatMap((pem) => readable(pem) ?? []);
    this.#mesh = mesh;
  }

  /** Verifies an X509-SVID; throws IdentityError. */
  async verify(shown: ShownChain): Promise<VerifiedSvid> {
    const trustDomain = trustDomainOf(shown.chain[0]);
    if (this.#mesh.knows(trustDomain)) return this.#mesh.verify(shown);
    return verifySvidChain({ ...shown, roots: this.#roots, trustDomain });
  }
}

function readable(pem: string): Bytes | undefined {
  try {
    const root = decodeOnePem('CERTIFICATE', pem.trim());
    parseCertificate(root);
    return root;
  } catch {
    return undefined;
  }
}
