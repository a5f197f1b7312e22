import { createPrivateKey, X509Certificate } from 'node:crypto';
import { pemList } from './pem-list.ts';

/** What a TLS server proves, and what its clients must chain to. */
export interface Certificates {
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  /** PEM, one each; empty when clients are not asked. */
  readonly roots: readonly string[];
}

/**
 * PEM texts as what a server can use; `ca` is undefined where clients are not asked. Throws for anything else: not
 * every runtime looks at what it is given before the first handshake.
 */
export function usableCertificates(chain: string, key: string, ca: string | undefined): Certificates {
  const [leaf] = pemList(chain).map((pem) => new X509Certificate(pem));
  if (leaf === undefined) throw new Error('there is no certificate');
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
  const roots = ca === undefined ? [] : pemList(ca);
  for (const pem of roots) new X509Certificate(pem);
  if (ca !== undefined && roots.length === 0) throw new Error('there is no CA certificate');
  return { chain, key, roots };
}
