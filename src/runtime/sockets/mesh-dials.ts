import type { TLSSocket } from 'node:tls';
import { formatSpiffeId } from '../../identity/spiffe.ts';
import type { Trust } from '../../identity/trust.ts';
import { PeerJudge } from './peer-judge.ts';
import { resetSocket } from './reset-socket.ts';

/** What was asked of the server of a connection. */
interface Expected {
  /** SPIFFE IDs, one of which it must have. */
  readonly sans: readonly string[];
  /** When its handshake was judged, in milliseconds since the epoch: a certificate may end before its connection. */
  readonly at: number;
}

/** The connections of mesh TLS that we dialled: who their servers are, as long as they are up. */
export class MeshDials {
  #trust: Trust | undefined;
  #judge: PeerJudge | undefined;
  readonly #open = new Map<TLSSocket, Expected>();

  /** Whom to believe from now on; resets the connections whose servers would not be believed any more. */
  setTrust(trust: Trust): void {
    const before = this.#trust;
    this.#trust = trust;
    const isNarrower = before?.isWiderThan(trust) ?? false;
    // The same trust as before keeps its verdicts.
    if (before === undefined || isNarrower || trust.isWiderThan(before))
      this.#judge = new PeerJudge(trust, 'server');
    if (isNarrower) this.#resetStrangers();
  }

  /** Connections that are up. */
  get size(): number {
    return this.#open.size;
  }

  /** Tells whether the server of a finished handshake is one of `sans` (SPIFFE IDs); then it is kept. */
  admit(socket: TLSSocket, sans: readonly string[], onVerdict: (isExpected: boolean) => void): void {
    const expected = { sans, at: Date.now() };
    this.#ask(socket, expected, (isExpected) => {
      if (isExpected && !socket.destroyed) this.#keep(socket, expected);
      onVerdict(isExpected);
    });
  }

  #keep(socket: TLSSocket, expected: Expected): void {
    this.#open.set(socket, expected);
    socket.on('close', () => this.#open.delete(socket));
  }

  #resetStrangers(): void {
    for (const [socket, expected] of this.#open)
      this.#ask(socket, expected, (isExpected) => {
        if (!isExpected) resetSocket(socket);
      });
  }

  #ask(socket: TLSSocket, expected: Expected, onVerdict: (isExpected: boolean) => void): void {
    const judge = this.#judge;
    if (judge === undefined) {
      onVerdict(false);
      return;
    }
    judge.judge(socket, expected.at, (peer) => {
      // Whom we believe has changed meanwhile: the verdict is that of another judge.
      if (judge !== this.#judge) this.#ask(socket, expected, onVerdict);
      else onVerdict(peer !== undefined && expected.sans.includes(formatSpiffeId(peer.id)));
    });
  }
}
