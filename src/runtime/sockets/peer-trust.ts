import type { TLSSocket } from 'node:tls';
import { decodePem } from '../../identity/pem.ts';
import type { Bundle } from '../../identity/svid.ts';
import { verifySvidChain } from '../../identity/x509/svid-chain.ts';
import type { Peer } from '../../proxy/decide/connection.ts';
import { peerChain } from './peer-identity.ts';
import { pemList } from './pem-list.ts';

/** Whether something that `before` vouched for may be without `after`. */
export function losesRoots(before: Bundle, after: Bundle): boolean {
  if (before.trustDomain !== after.trustDomain) return true;
  const kept = new Set(pemList(after.rootsPem));
  return pemList(before.rootsPem).some((root) => !kept.has(root));
}

/** Judges connected peers by the roots of now: a handshake of before says nothing of them. */
export class PeerTrust {
  readonly #roots: readonly Uint8Array[];
  readonly #trustDomain: string;
  readonly #now: number;
  /** By the leaf's hash: a workload has many connections and one certificate. */
  readonly #verdicts = new Map<string, Promise<boolean>>();

  /** `now` in milliseconds since the epoch. */
  constructor({ trustDomain, rootsPem }: Bundle, now: number) {
    this.#roots = decodePem('CERTIFICATE', rootsPem);
    this.#trustDomain = trustDomain;
    this.#now = now;
  }

  /** Whether the chain that the peer of a connection showed ends in one of the roots. */
  covers(socket: TLSSocket, { certificateHash = '' }: Peer): Promise<boolean> {
    const known = this.#verdicts.get(certificateHash);
    if (known !== undefined && certificateHash !== '') return known;
    const verdict = this.#verify(peerChain(socket));
    this.#verdicts.set(certificateHash, verdict);
    return verdict;
  }

  /** Runtimes show the root that they found along with the chain: one of ours takes its place. */
  async #verify(shown: readonly Uint8Array[]): Promise<boolean> {
    const [roots, trustDomain, now] = [this.#roots, this.#trustDomain, this.#now];
    for (const chain of [shown, shown.slice(0, -1)]) {
      const verified = verifySvidChain({ chain, roots, trustDomain, now });
      if (await verified.then(yes, no)) return true;
    }
    return false;
  }
}

const yes = (): boolean => true;
const no = (): boolean => false;
