import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ChainVerifier } from '../../identity/trust.ts';
import { formatName } from '../../identity/x509/distinguished-name.ts';
import type { Purpose } from '../../identity/x509/extensions.ts';
import { linkedChain } from '../../identity/x509/linked-chain.ts';
import type { VerifiedSvid } from '../../identity/x509/svid-chain.ts';
import type { Peer } from '../../proxy/decide/connection.ts';
import { peerCertificates, shownLeaf } from './peer-certificates.ts';

/** Leaves that are remembered; a workload has many connections and one certificate. */
const MAX_KNOWN = 4096;

/** Who showed a leaf, and for how long that holds. */
interface Known {
  readonly peer: Peer;
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Judges who is at the other end of a finished handshake: the chain, by our own rules and the roots of one trust,
 * whatever the runtime made of it. With other roots there is another judge.
 */
export class PeerJudge {
  readonly #trust: ChainVerifier;
  readonly #purpose: keyof typeof Purpose;
  /** By the leaf's hash, oldest first. Only the good are remembered. */
  readonly #known = new Map<string, Known>();
  readonly #pending = new Map<string, Promise<Peer | undefined>>();

  /** `purpose` is what peers are: clients of a listener, servers of what dials. */
  constructor(trust: ChainVerifier, purpose: keyof typeof Purpose) {
    this.#trust = trust;
    this.#purpose = purpose;
  }

  /**
   * Tells who the peer is, at once where its leaf was judged before; undefined is nobody: no certificate, a session
   * that was resumed, or a chain that breaks a rule. `now` in milliseconds since the epoch.
   */
  judge(socket: TLSSocket, now: number, onVerdict: (peer: Peer | undefined) => void): void {
    const leaf = shownLeaf(socket);
    const hash = leaf === undefined ? '' : createHash('sha256').update(leaf).digest('hex');
    const known = this.#known.get(hash);
    if (leaf === undefined) onVerdict(undefined);
    else if (known !== undefined && now >= known.notBefore && now <= known.notAfter) onVerdict(known.peer);
    else void this.#verdict(socket, hash, now).then(onVerdict);
  }

  #verdict(socket: TLSSocket, hash: string, now: number): Promise<Peer | undefined> {
    const pending = this.#pending.get(hash);
    if (pending !== undefined) return pending;
    const verdict = this.#verify(socket, hash, now).finally(() => this.#pending.delete(hash));
    this.#pending.set(hash, verdict);
    return verdict;
  }

  async #verify(socket: TLSSocket, hash: string, now: number): Promise<Peer | undefined> {
    try {
      const chain = linkedChain(peerCertificates(socket));
      return this.#remember(hash, await this.#trust.verify({ chain, purpose: this.#purpose, now }));
    } catch {
      // Whatever is wrong with it: it proves nobody.
      return undefined;
    }
  }

  #remember(certificateHash: string, { id, leaf, notBefore, notAfter }: VerifiedSvid): Peer {
    const peer = { id, certificateHash, subject: formatName(leaf.subject), notAfter };
    const [oldest] = this.#known.size < MAX_KNOWN ? [] : this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(certificateHash, { peer, notBefore, notAfter });
    return peer;
  }
}
