import type { Authority } from '../src/identity/authority/authority.ts';
import type { JoinBundle } from '../src/identity/join-bundle.ts';

/** What every join bundle of a mesh says, whoever it is for. */
export type JoinTerms = Omit<JoinBundle, 'token' | 'namespace' | 'workload' | 'serviceAccount'>;

/** With the roots of this moment. */
export function joinTermsOf(
  authority: Pick<Authority, 'rootHashes' | 'trustDomain'>,
  terms: Pick<JoinTerms, 'control' | 'mesh' | 'signingKeys'>,
): JoinTerms {
  const [rootHash = '', ...otherRootHashes] = authority.rootHashes();
  const others = otherRootHashes.length > 0 ? { otherRootHashes } : {};
  return { ...terms, trustDomain: authority.trustDomain, rootHash, ...others };
}
