import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Clock, Log } from '../src/runtime/ports.ts';
import type { Listening } from '../src/runtime/sockets/listener.ts';
import type { DrainTimes } from './drain-times.ts';
import type { Registration } from './registration.ts';

/** Control that does not answer holds nobody up for longer, ms. */
const withdrawMs = 2000;
/** Who comes anew has not heard: so long nobody must have come, and for this long at most it is waited for that, ms. */
const quietMs = 500;
const longestMs = 15_000;
/** For exchanges of the application with others, ms. */
const outboundMs = 5000;

export interface Departing {
  readonly state: ProxyState;
  readonly registration: Pick<Registration, 'withdraw'>;
  readonly inbound: Pick<Listening, 'arrivals' | 'retire' | 'drain'>;
  readonly outbound: Pick<Listening, 'drain'>;
  readonly times: DrainTimes;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Leaves without losing a request: not ready any more → out of the endpoints → clients are asked not to come back,
 * those who have not heard are still served → exchanges end → closed. The outbound port goes last, because the
 * exchanges of the inbound one need it.
 */
export class Departure {
  readonly #parts: Departing;
  #inboundClosed: Promise<void> | undefined;

  constructor(parts: Departing) {
    this.#parts = parts;
  }

  /** Closes the inbound port; the application can still call others. Once: a second call waits for the first. */
  closeInbound(): Promise<void> {
    this.#inboundClosed ??= this.#closeInbound();
    return this.#inboundClosed;
  }

  /** Closes both ports. */
  async close(): Promise<void> {
    await this.closeInbound();
    await this.#parts.outbound.drain(outboundMs);
  }

  async #closeInbound(): Promise<void> {
    const { state, inbound, times, clock } = this.#parts;
    state.leave();
    const told = await Promise.race([this.#withdraw(), clock.sleep(withdrawMs).then(() => false)]);
    inbound.retire();
    // Where control is gone nobody will hear of it, however long we wait.
    if (told) await this.#untilHeard();
    await inbound.drain(times.exchangesMs);
  }

  /** News takes its time where machines are busy: the last to hear is who comes last. */
  async #untilHeard(): Promise<void> {
    const { inbound, times, clock } = this.#parts;
    if (times.hearsayMs === 0) return;
    await clock.sleep(Math.max(0, times.hearsayMs - quietMs));
    for (let waited = 0; waited < longestMs; waited += quietMs) {
      const before = inbound.arrivals;
      await clock.sleep(quietMs);
      if (inbound.arrivals === before) return;
    }
  }

  /** Whether control took it. */
  #withdraw(): Promise<boolean> {
    const { registration, log } = this.#parts;
    return registration.withdraw().then(
      () => true,
      (error: unknown) => {
        log.warn('not withdrawn', { error: String(error) });
        return false;
      },
    );
  }
}
