import type { Cancellation } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Connection } from '../decide/connection.ts';
import type { Admission, Circuit } from './circuit.ts';

/** How a request holds on to a connection: for itself, with others (HTTP/2), or nobody can tell until when. */
export type Holding = 'alone' | 'shared' | 'untold';

/** What one request has of a circuit. Everything that it took is given back once. */
export class CircuitUse {
  readonly #circuit: Circuit;
  readonly #holding: Holding;
  #in = false;
  #retrying = false;

  constructor(circuit: Circuit, holding: Holding) {
    this.#circuit = circuit;
    this.#holding = holding;
  }

  /** Asks for a place for one attempt; only who holds a connection alone waits for one. */
  async enter(signal: Cancellation | undefined): Promise<Admission> {
    const alone = this.#holding === 'alone';
    this.#in = alone ? this.#circuit.enter() : this.#circuit.enterShared();
    if (this.#in) return 'in';
    const admission = alone ? await this.#circuit.wait(signal) : 'overflow';
    this.#in = admission === 'in';
    return admission;
  }

  leave(): void {
    if (this.#in) this.#circuit.leave();
    this.#in = false;
  }

  /** Whether this request may be retried now. */
  beginRetry(): boolean {
    this.#retrying = this.#circuit.beginRetry();
    return this.#retrying;
  }

  endRetry(): void {
    if (this.#retrying) this.#circuit.endRetry();
    this.#retrying = false;
  }
}

/** How a request to a cluster holds on; `tells` where the platform says when a body is over. */
export function holdingOf({ protocol, tls }: Cluster, { http2 }: Connection, tells: boolean): Holding {
  if (protocol === 'http2' || (tls.mode === 'mesh' && http2 === true)) return 'shared';
  return tells ? 'alone' : 'untold';
}
