import { workloadOf } from '../../identity/spiffe.ts';
import type { Peer } from './connection.ts';

/** What policies call a peer. */
export interface PeerNames {
  readonly peer: Peer;
  /** The mesh's own trust domain. */
  readonly trustDomain: string;
  /** Equivalent spellings. */
  readonly principals: string | readonly string[];
  readonly namespace: string | undefined;
  /** `namespace/account`. */
  readonly account: string | undefined;
}

/** The mesh's own trust domain is also known by this name in policies (Istio's alias). */
export const trustDomainAlias = 'cluster.local';

/** A principal, or the beginning of one, in its parts: `trust-domain` and `/ns/…`, or nothing. */
export function splitPrincipal(principal: string): {
  readonly trustDomain: string;
  readonly path: string;
} {
  const slash = principal.indexOf('/');
  if (slash < 0) return { trustDomain: principal, path: '' };
  return { trustDomain: principal.slice(0, slash), path: principal.slice(slash) };
}

/** The names of a peer in a mesh of that trust domain; made once for a connection. */
export function peerNames(peer: Peer, trustDomain: string): PeerNames {
  // One request asks for the same peer several times.
  if (last?.peer === peer && last.trustDomain === trustDomain) return last;
  const known = names.get(peer);
  if (known?.trustDomain === trustDomain) {
    last = known;
    return known;
  }
  last = namesOf(peer, trustDomain);
  names.set(peer, last);
  return last;
}

const names = new WeakMap<Peer, PeerNames>();
let last: PeerNames | undefined;

function namesOf(peer: Peer, trustDomain: string): PeerNames {
  const { id } = peer;
  const workload = workloadOf(id);
  const principal = `${id.trustDomain}${id.path}`;
  const aliased = id.trustDomain === trustDomain && trustDomain !== trustDomainAlias;
  return {
    peer,
    trustDomain,
    principals: aliased ? [principal, `${trustDomainAlias}${id.path}`] : principal,
    namespace: workload?.namespace,
    account: workload && `${workload.namespace}/${workload.serviceAccount}`,
  };
}
