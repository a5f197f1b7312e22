import type { Bytes } from './bytes.ts';
import { decodeOnePem } from './pem.ts';
import { type ChainVerifier, type ShownChain, trustDomainOf } from './trust.ts';
import { parseCertificate } from './x509/certificate.ts';
import { type VerifiedSvid, verifySvidChain } from './x509/svid-chain.ts';

/** Roots that vouch for workloads of whatever trust domain: what a Gateway server lets its clients chain to. */
export class RootTrust implements ChainVerifier {
  readonly #roots: readonly Bytes[];

  /** PEM, one each; those that we cannot read vouch for nobody here, whatever a TLS library makes of them. */
  constructor(roots: readonly string[]) {
    this.#roots = roots.flatMap((pem) => readable(pem) ?? []);
  }

  /** Verifies an X509-SVID; throws IdentityError. */
  async verify({ chain, purpose, now }: ShownChain): Promise<VerifiedSvid> {
    return verifySvidChain({ chain, roots: this.#roots, trustDomain: trustDomainOf(chain[0]), purpose, now });
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
